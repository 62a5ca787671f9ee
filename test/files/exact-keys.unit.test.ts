/** Threat: V8 takes an escaped key of JSON for another one that the process has seen. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../lib/files/json/json-value.ts';
import { recordParser } from '../../lib/files/json/parse-record.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { chunked, outcome } from './chunked.ts';

test('a key with an escape is read as it is, whatever keys came before', async () => {
  const lines = [
    { id: 0, 'a\\': 1 },
    { id: 1, aé: 1 },
    { id: 2, 'a\t': { '"': 1 } },
    { id: 3, 'a\\': { '\\': 1 } },
  ];
  const escaped = lines.map(line => `${JSON.stringify(line).replaceAll('é', '\\u00e9')}\n`).join('');
  for (const [key, content] of [
    ['a.ndjson', escaped],
    ['a.json', `[${escaped.trim().split('\n').join()}]`],
  ] as const) {
    const { items } = await outcome(readRecords({ key, body: chunked(content) }));
    expect(items.map(({ value }) => value)).toEqual(lines);
  }
});

test('any object is what it was written from', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', ':', '"', '\\', '\n', 'é'), maxLength: 3 });
  const value = fc.letrec(tie => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(1, 'x', null, true, 12345678901234567890n),
      fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: true }),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  })).node;
  fc.assert(
    fc.property(value, given => {
      const plain = JSON.stringify(given, (_, one: unknown) => (typeof one === 'bigint' ? `big${one}` : one));
      const text = plain.replaceAll(/"big(\d+)"/g, '$1').replaceAll('é', '\\u00e9');
      expect(parseJson(text, 200)).toEqual(given);
    }),
    { numRuns: 500 },
  );
});

test('what stands for NaN is that beside such a key, too', () => {
  const parse = recordParser({ allowNonNumericNumbers: true });
  expect(parse('{"a\\\\b":NaN,"c":[-Infinity,12345678901234567890]}')).toEqual({
    'a\\b': Number.NaN,
    c: [Number.NEGATIVE_INFINITY, 12345678901234567890n],
  });
});

test('a key __proto__ is refused however it is escaped', () => {
  for (const text of ['{"\\u005f_proto__":1,"\\\\":2}', '{"__proto__":{},"a\\\\":1}'])
    expect(() => parseJson(text, 200)).toThrow('__proto__');
});

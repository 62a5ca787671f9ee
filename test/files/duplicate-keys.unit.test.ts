/** Threat: an object of JSON has a key twice, and one of its values is lost in silence. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../lib/files/json/json-value.ts';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { chunked, outcome } from './chunked.ts';

const read = async (content: string, key: string) => await outcome(readRecords({ key, body: chunked(content) }));

describe('a key that is there twice is refused with line and key', () => {
  test.each([
    ['{"a":1}\n{"a":1,"b":2,"a":3}\n', 'd.ndjson', 'd.ndjson:2 the key "a" is there twice in one object:'],
    ['{"x":{"y":[{"a":1,"a":1}]}}\n', 'd.ndjson', 'd.ndjson:1 the key "a" is there twice in one object, in x.y:'],
    ['{"a":1,"\\u0061":2}\n', 'd.ndjson', 'the key "a" is there twice'],
    ['{"a":"\\u003a","a":":"}\n', 'd.ndjson', 'the key "a" is there twice'],
    ['{"id":12345678901234567890,"id":1}\n', 'd.ndjson', 'the key "id" is there twice'],
    ['{"a":1,"a":1}{"b":1}\n', 'd.ndjson', 'the key "a" is there twice'],
    ['[{"a":1},\n{"b":":","b":"::"}]', 'd.json', 'd.json:2 the key "b" is there twice'],
    ['{"a b":{"k\\"":1,"k\\"":2}}', 'd.json', String.raw`the key "k\"" is there twice in one object, in a b`],
  ])('%j', async (content, key, problem) => {
    expect((await read(content, key)).error?.message).toContain(problem);
  });

  test('but a record of its own may be left out', async () => {
    const object = { key: 'd.ndjson', body: chunked('{"a":1,"a":2}\n{"a":3}\n') };
    const { items, error } = await outcome(readRecords(object, {}, new InvalidRecords(1)));
    expect(error).toBeUndefined();
    expect(items.map(({ value }) => value)).toEqual([{ a: 3 }]);
  });
});

test('no other text is refused, whatever it has colons and escapes in', () => {
  const json = fc.jsonValue({ stringUnit: fc.constantFrom('a', ':', '"', '\\', '{', '}', 'é', '\n') as never });
  fc.assert(
    fc.property(json, fc.boolean(), (value, escaped) => {
      const plain = JSON.stringify(value);
      const text = escaped ? plain.replaceAll(/(?<=[^"]):(?=[^"])/g, '\\u003a') : plain;
      try {
        JSON.parse(text);
      } catch {
        return;
      }
      fc.pre(!text.includes('__proto__'));
      expect(() => parseJson(text, 200)).not.toThrow();
    }),
  );
});

test('and every object that has one of its keys once more is', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', ':', '"', '\\') as never, maxLength: 3 });
  const object = fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 });
  fc.assert(
    fc.property(object, fc.nat(), fc.jsonValue({ maxDepth: 1 }), (value, index, again) => {
      const names = Object.keys(value);
      const name = names[index % names.length] ?? '';
      const text = `[1,{${JSON.stringify(value).slice(1, -1)},${JSON.stringify(name)}:${JSON.stringify(again)}}]`;
      // Refused for that, whatever else is wrong.
      fc.pre(!text.includes('__proto__'));
      expect(() => parseJson(text, 200)).toThrow(`the key ${JSON.stringify(name)} is there`);
    }),
  );
});

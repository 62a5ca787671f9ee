/** Promise: a JSON file gives the elements of its array, exactly, however the bytes come. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContentError } from '../../lib/files/content-error.ts';
import type { ReaderOptions } from '../../lib/files/formats.ts';
import { json } from '../../lib/files/json/json.ts';
import { anyCuts, byteByByte, chunked, outcome } from './chunked.ts';

const read = (content: string | Uint8Array, options: ReaderOptions = {}) =>
  outcome(json.read(chunked(content), options));
const values = async (content: string | Uint8Array, options?: ReaderOptions): Promise<unknown[]> => {
  const { items, error } = await read(content, options);
  if (error) throw error;
  return items.map(record => record.value);
};
const faultOf = async (content: string | Uint8Array, options?: ReaderOptions) => {
  const { error } = await read(content, options);
  expect(error).toBeInstanceOf(ContentError);
  return `${error?.line}: ${error?.message}`;
};
/** Integers beyond 2^53 and `__proto__` have tests of their own. */
const anyValue = fc.jsonValue({ maxDepth: 4 }).filter(value => {
  const text = JSON.stringify(value);
  return !text.includes('__proto__') && !/(?<![.\d])\d{16}/.test(text);
});
const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });

describe('records', () => {
  test.each([
    ['an array', '[{"a":1}, 2 ,"x",null,[3],\n"]"]', [{ a: 1 }, 2, 'x', null, [3], ']']],
    ['an empty array', ' [ \n ] ', []],
    ['a document', '\uFEFF{"a":[1,{"b":"}"}]}\n', [{ a: [1, { b: '}' }] }]],
    ['a number', '12', [12]],
    ['a literal', 'null\n', [null]],
    ['a text', '"[1,2]"', ['[1,2]']],
    ['texts with escapes', String.raw`["\"],","\\",{"\\\"":"]"}]`, ['"],', '\\', { '\\"': ']' }]],
    ['an array of arrays', '\uFEFF[[],[[]]]', [[], [[]]]],
  ])('of %s', async (_name, text, expected) => {
    expect(await values(text)).toEqual(expected);
    const { items } = await outcome(json.read(byteByByte(text), {}));
    expect(items.map(record => record.value)).toEqual(expected);
  });

  test('any array comes back, however it is spaced and cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyValue), space, fc.nat(4), anyCuts, async (records, gap, indent, cuts) => {
        const elements = records.map(value => gap + JSON.stringify(value, null, indent) + gap);
        const text = `${gap}[${elements.join(',') || gap}]${gap}`;
        const { items, error } = await outcome(json.read(chunked(text, cuts), {}));
        expect(error).toBeUndefined();
        expect(items.map(record => record.value)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('any document that is no array is one record', async () => {
    const document = anyValue.filter(value => !Array.isArray(value));
    await fc.assert(
      fc.asyncProperty(document, space, anyCuts, async (value, gap, cuts) => {
        const text = gap + JSON.stringify(value) + gap;
        const { items } = await outcome(json.read(chunked(text, cuts), {}));
        expect(items.map(record => record.value)).toEqual([JSON.parse(text)]);
      }),
    );
  });

  test('have the line they start on', async () => {
    const { items } = await read('\n[\n{"a":\n1},\r\n\n2\n,"x"\n]');
    expect(items.map(record => record.line)).toEqual([3, 6, 7]);
  });

  test('come in batches, none empty, before the array ends', async () => {
    const batches: number[] = [];
    for await (const batch of json.read(byteByByte('[ 1, 2 ,[3],"4"]  '), {})) batches.push(batch.length);
    expect(batches).toEqual([1, 1, 1, 1]);
  });

  test('the same bytes give the same records and the same fault however they are cut', async () => {
    const piece = fc.constantFrom(
      ...['[', ']', '{', '}', ',', '1', '"', '\\', '"é𝄞"', ' ', '\n', '\uFEFF', '{"a":[1]}', 'true', ':', '1,2'].map(
        text => Buffer.from(text),
      ),
      Buffer.from([0xff]),
      Buffer.from([0xe6, 0x97]),
    );
    const element = fc.constantFrom('{"a":[1]},', '"é",\n', '[],', '1 ,', '[[{}]] , ').map(text => Buffer.from(text));
    const file = fc
      .tuple(
        fc.constantFrom('', '[', '[', '[', '['),
        fc.array(element, { maxLength: 6 }),
        fc.array(piece, { maxLength: 6 }),
        fc.constantFrom('', '1]', '1]'),
      )
      .map(([start, elements, pieces, end]) =>
        Buffer.concat([Buffer.from(start), ...elements, ...pieces, Buffer.from(end)]),
      );
    const limits = fc.record({
      maxRecordBytes: fc.integer({ min: 1, max: 12 }),
      maxDepth: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(file, anyCuts, limits, async (bytes, cuts, options) => {
        const whole = await outcome(json.read(chunked(bytes), options));
        for (const source of [chunked(bytes, cuts), byteByByte(bytes)]) {
          const cut = await outcome(json.read(source, options));
          expect(cut.items).toEqual(whole.items);
          expect(cut.error?.message).toBe(whole.error?.message);
          expect(cut.error?.line).toBe(whole.error?.line);
        }
        // What JSON.parse refuses is refused, and what it takes is taken (small limits aside).
        const unlimited = await outcome(json.read(chunked(bytes), {}));
        if (unlimited.error) expect(unlimited.error).toBeInstanceOf(ContentError);
        const several = unlimited.items.length > 1 && !/^\uFEFF?\s*\[/.test(bytes.toString());
        if (several && !unlimited.error) {
          // Values one after another: nothing of the file is lost, and nothing is added.
          const texts = unlimited.items.map(({ value }) => JSON.stringify(value));
          const bare = (text: string) => text.replaceAll(/[\s\uFEFF]/g, '');
          expect(bare(texts.join(''))).toBe(bare(bytes.toString()));
        } else expect(unlimited.error === undefined).toBe(isJson(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('values', () => {
  test('integers are exact', async () => {
    expect(await values('[9007199254740993, {"a":[-12345678901234567890]}]')).toEqual([
      9007199254740993n,
      { a: [-12345678901234567890n] },
    ]);
    expect(await values('12345678901234567890')).toEqual([12345678901234567890n]);
  });

  test('a key __proto__ is refused with the line of its record', async () => {
    expect(await faultOf('[1,\n{"a":{"__proto__":1}}]')).toBe('2: the key __proto__ is not allowed: rename it');
    expect(await faultOf(String.raw`{"_\u005fproto__":1}`)).toBe('1: the key __proto__ is not allowed: rename it');
  });

  test('an escaped lone surrogate is JSON, its bytes are not UTF-8', async () => {
    expect(await values(String.raw`["\ud800"]`)).toEqual(['\ud800']);
    const bytes = Buffer.concat([Buffer.from('[1,\n"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"]')]);
    expect(await faultOf(bytes)).toBe('2: the record is not valid UTF-8');
  });
});

/** By the platform: strict UTF-8, one byte order mark, JSON. `__proto__` and long integers are not among the pieces. */
function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['without anything between them, as Firehose writes them', '{"id":"a"}{"id":"b"}{"id":"c"}', [[1], [1, 2], [1, 3]]],
  ['in an array, two on one line', '[{"id":"a"},\n\n{"id":"b"},{"id":"c"}]', [[1], [3], [3, 2]]],
  ['on lines of their own, as NDJSON has them', '{"id":"a"}\n{"id":"b"}\r\n\n{"id":"c"}\n', [[1], [2], [4]]],
])('values one after another are records: %s', async (_, content, places) => {
  for (const bytes of [chunked(content), byteByByte(content)]) {
    const { items, error } = await outcome(json.read(bytes, {}));
    expect(error).toBeUndefined();
    const expected = places.map(([line, number], index) => ({
      line,
      ...(number && { number }),
      value: { id: 'abc'[index] },
    }));
    expect(items).toEqual(expected);
  }
});

/** Threat: a JSON file with a fault is read as something else, or its fault is told on the wrong line. */
import { describe, expect, test } from 'vitest';
import { ContentError } from '../../lib/files/content-error.ts';
import type { ReaderOptions } from '../../lib/files/formats.ts';
import { json } from '../../lib/files/json/json.ts';
import { chunked, outcome } from './chunked.ts';

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

describe('faults', () => {
  test.each([
    ['', 'undefined: the file is empty: a JSON file holds an array of records, or one record'],
    [' \n', 'undefined: the file is empty: a JSON file holds an array of records, or one record'],
    ['[1,\n', '2: the file ends in the middle of its array (truncated upload?)'],
    ['[', '1: the file ends in the middle of its array (truncated upload?)'],
    ['[1\n', '2: the file ends in the middle of its array (truncated upload?)'],
    ['[1,\n{"a":\n', '2: the file ends in the middle of the value (truncated upload?)'],
    ['{"a":"', '1: the file ends in the middle of the value (truncated upload?)'],
    ['[1,\n2]\n]', /^3: more follows after the end of the array/],
    ['[1][2]', /^1: more follows after the end of the array/],
    ['{"a":1},\n{"a":2}\n', /^1: a value is expected, and ',' follows/],
    ['{"a":1}\n{"a":', /^2: the file ends in the middle of the value/],
    ['[1,\n]', "2: a value is expected, and ']' follows"],
    ['[1,,2]', "1: a value is expected, and ',' follows"],
    ['[}', "1: a value is expected, and '}' follows"],
    ['[1\n2]', '2: after an element of the array neither a comma nor its end follows'],
    ['[1}', '1: after an element of the array neither a comma nor its end follows'],
    ['[1,\n{"a":1]\n]', /^2: not one JSON value: got string/],
    ['[1,\n{"a":oops}]', /^2: not one JSON value: got string "\{\\"a\\":oops\}"/],
    ['oops', /^1: not one JSON value: got string "oops"/],
  ])('%j is refused with the line', async (text, expected) => {
    expect(await faultOf(text)).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
  });

  test('the records before a fault are given', async () => {
    expect((await read('[1,2,x,4]')).items.map(record => record.value)).toEqual([1, 2]);
    expect((await read('[1,2')).items.map(record => record.value)).toEqual([1]);
  });

  test('bytes that are not UTF-8 are refused with their line and never replaced', async () => {
    const bytes = Buffer.concat([Buffer.from('[1,\n"'), Buffer.from([0xe9]), Buffer.from('"]')]);
    expect(await faultOf(bytes)).toBe('2: the record is not valid UTF-8');
    expect(await faultOf(Buffer.from('\uFEFF[1]\n', 'utf16le'))).toContain('byte order mark of UTF-16LE');
  });

  test('a character for what could not be decoded is one like any', async () => {
    const bytes = Buffer.concat([Buffer.from('[1,\n"\uFFFD",\n"'), Buffer.from([0xe2, 0x82]), Buffer.from('"]')]);
    const { items, error } = await read(bytes);
    expect(items.map(record => record.value)).toEqual([1, '\uFFFD']);
    expect(error?.line).toBe(3);
  });

  test('a failure of the source passes through unchanged', async () => {
    const reset = new TypeError('terminated');
    async function* failing() {
      yield Buffer.from('[1,');
      throw reset;
    }
    expect((await outcome(json.read(failing(), {}))).error).toBe(reset);
  });
});

describe('limits', () => {
  test('nesting may be as deep as the limit; the array of the records is not counted', async () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(await values(`[${nested(200)}]`)).toHaveLength(1);
    expect(await faultOf(`[1,\n${nested(201)}]`)).toBe('2: the value is nested more than 200 deep (maxDepth)');
    expect(await faultOf(`{"a":${nested(200)}}`)).toContain('nested more than 200 deep');
    expect(await values('{"a":"[[["}', { maxDepth: 1 })).toHaveLength(1);
  });

  test('deep nesting is refused before the rest is read', async () => {
    let given = 0;
    async function* deep() {
      for (; given < 10_000_000; given += 1000) yield Buffer.alloc(1000, '[');
    }
    expect((await outcome(json.read(deep(), {}))).error?.message).toContain('nested more than 200 deep');
    expect(given).toBeLessThan(3000);
  });

  test('a record may have as many bytes as the limit, white space around it not counted', async () => {
    const options = { maxRecordBytes: 6 };
    expect(await values('\uFEFF[   "éé"   ,\n\n\n   "éé"]', options)).toEqual(['éé', 'éé']);
    expect(await faultOf('[1,\n"ééa"]', options)).toBe('2: the record is longer than 6 bytes (maxRecordBytes)');
    expect(await faultOf('"ééa"', options)).toBe('1: the record is longer than 6 bytes (maxRecordBytes)');
  });

  test.each(['[1,"', '{"a":"', '1'])('a record without end is not collected beyond the limit: %j', async start => {
    let given = 0;
    async function* tooMuch() {
      yield Buffer.from(start);
      for (; given < 100_000; given += 1000) yield Buffer.alloc(1000, '1');
    }
    const { error } = await outcome(json.read(tooMuch(), { maxRecordBytes: 10_000 }));
    expect(error?.message).toBe('the record is longer than 10000 bytes (maxRecordBytes)');
    expect(given).toBeLessThan(12_000);
  });
});

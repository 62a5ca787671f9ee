/** Promise: NDJSON gives the value of each line, exactly, and tells the line of each fault. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContentError } from '../../lib/files/content-error.ts';
import type { ReaderOptions } from '../../lib/files/formats.ts';
import { ndjson } from '../../lib/files/json/ndjson.ts';
import { anyCuts, byteByByte, chunked, outcome } from './chunked.ts';

const read = (content: string | Uint8Array, options: ReaderOptions = {}) =>
  outcome(ndjson.read(chunked(content), options));
const values = async (content: string | Uint8Array): Promise<unknown[]> => {
  const { items, error } = await read(content);
  if (error) throw error;
  return items.map(record => record.value);
};
const faultOf = async (content: string | Uint8Array, options?: ReaderOptions) => {
  const { error } = await read(content, options);
  expect(error).toBeInstanceOf(ContentError);
  return `${error?.line}: ${error?.message}`;
};

describe('lines', () => {
  test('line ends, blank lines, a byte order mark and a missing final newline make no difference', async () => {
    const { items } = await read('\uFEFF{"a":1}\r\n\n \t\r\n\r\n"é"\n[2]');
    expect(items).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 5, value: 'é' },
      { line: 6, value: [2] },
    ]);
  });

  test.each(['', '\n', '\uFEFF', '\uFEFF\n', '\r\n \n'])('a file without values has no records: %j', async content => {
    expect((await read(content)).items).toEqual([]);
  });

  test('no empty batch is given', async () => {
    for await (const batch of ndjson.read(byteByByte('\n\n1\n\n2\n\n'), {})) expect(batch).toHaveLength(1);
  });

  test('the same bytes give the same records and the same fault however they are cut', async () => {
    const piece = fc.constantFrom(
      ...[
        '1',
        '{"a":"é𝄞"}',
        '\n',
        '\r\n',
        '\n\n',
        ' ',
        '\uFEFF',
        'x',
        '[',
        '12345678901234567890',
        '{"__proto__":1}',
      ].map(text => Buffer.from(text)),
      Buffer.from([0xff]),
      Buffer.from([0xe6, 0x97]),
    );
    const file = fc.array(piece, { maxLength: 20 }).map(parts => Buffer.concat(parts));
    await fc.assert(
      fc.asyncProperty(file, anyCuts, fc.integer({ min: 1, max: 12 }), async (bytes, cuts, maxRecordBytes) => {
        const whole = await outcome(ndjson.read(chunked(bytes), { maxRecordBytes }));
        for (const source of [chunked(bytes, cuts), byteByByte(bytes)]) {
          const cut = await outcome(ndjson.read(source, { maxRecordBytes }));
          expect(cut.items).toEqual(whole.items);
          expect(cut.error?.message).toBe(whole.error?.message);
          expect(cut.error?.line).toBe(whole.error?.line);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('values', () => {
  test('any JSON value comes back', async () => {
    // Integers that a number can't hold come back exactly, as bigints: a test of its own.
    const text = fc.json({ maxDepth: 4 }).filter(json => !json.includes('__proto__') && !/(?<![.\d])\d{16}/.test(json));
    await fc.assert(
      fc.asyncProperty(fc.array(text), anyCuts, async (lines, cuts) => {
        const { items } = await outcome(ndjson.read(chunked(lines.join('\n'), cuts), {}));
        expect(items.map(record => record.value)).toEqual(lines.map(line => JSON.parse(line)));
      }),
    );
  });

  test('any integer is exact: a number where that holds it, else a bigint', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), async integer => {
        const [value] = await values(`{"n":${integer}}`);
        const exact = Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
        expect(value).toEqual({ n: exact });
      }),
    );
  });

  test.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['1e20', 1e20],
    ['12345678901234567890.5', Number('12345678901234567890.5')],
    ['0.12345678901234567', Number('0.12345678901234567')],
    ['"12345678901234567890"', '12345678901234567890'],
    ['[[12345678901234567890]]', [[12345678901234567890n]]],
  ])('%s is read as it stands', async (text, value) => {
    expect(await values(text)).toEqual([value]);
  });

  test.each([
    '{"__proto__":{"admin":true}}',
    '[{"a":{"__proto__":1}}]',
    String.raw`{"\u005f_proto__":1}`,
    String.raw`{"__\u0070roto__":1}`,
  ])('a key __proto__ is refused, also nested and escaped: %s', async text => {
    expect(await faultOf(`1\n${text}`)).toBe('2: the key __proto__ is not allowed: rename it');
  });

  test('__proto__ as a value, and other keys of a prototype, are data', async () => {
    expect(await values('{"a":"__proto__"}')).toEqual([{ a: '__proto__' }]);
    expect(await values('{"constructor":1,"toString":2}')).toEqual([{ constructor: 1, toString: 2 }]);
  });
});

describe('faults', () => {
  test('a line that is not JSON is told with its number and what was got', async () => {
    expect(await faultOf('{"a":1}\n\n{"a":oops}\n')).toMatch(/^3: not one JSON value: got string "\{\\"a\\":oops\}"/);
    expect(await faultOf('{"a":1},{"b":2}')).toMatch(/^1: not one JSON value/);
    expect(await faultOf('[\n1\n]')).toMatch(/^1: not one JSON value/);
  });

  test('a huge bad line makes a short message', async () => {
    expect((await faultOf('x'.repeat(1_000_000))).length).toBeLessThan(300);
  });

  test('the records before a fault are given', async () => {
    expect((await read('1\n2\nx\n4\n')).items.map(record => record.value)).toEqual([1, 2]);
  });

  test('bytes that are not UTF-8 are refused with their line and never replaced', async () => {
    const bad = Buffer.concat([Buffer.from('1\n"'), Buffer.from([0xe9]), Buffer.from('"\n3')]);
    expect(await faultOf(bad)).toBe('2: the line is not valid UTF-8');
    expect(await faultOf(Buffer.from('\uFEFF1\n', 'utf16le'))).toContain('byte order mark of UTF-16LE');
    expect(await faultOf(Buffer.from([0x22, 0xe6, 0x97]))).toBe('1: the line is not valid UTF-8');
  });

  test('of two faults in one chunk the earlier line is told', async () => {
    expect(await faultOf(Buffer.concat([Buffer.from('oops\n'), Buffer.from([0xff])]))).toMatch(/^1: not one JSON/);
  });

  test('a byte order mark inside the file is a fault', async () => {
    expect(await faultOf('1\n\uFEFF2\n')).toMatch(/^2: not one JSON value/);
  });

  test.each([
    ['closed', 12345678901234567890n, ']'],
    ['closed, without need of care', 1, ']'],
    ['never closed', 1, ''],
  ])('nesting that would overflow the stack is a fault of its line: %s', async (_name, value, close) => {
    const deep = `${'['.repeat(200_000)}${value}${close.repeat(200_000)}`;
    expect(await faultOf(`1\n${deep}`)).toBe('2: the value is nested more than 200 deep (maxDepth)');
  });

  test('nesting may be as deep as the limit, brackets in strings not counted', async () => {
    const nested = (depth: number) => `${'{"a":['.repeat(depth / 2)}"[[{{\\"[["${']}'.repeat(depth / 2)}`;
    expect(await values(nested(200))).toHaveLength(1);
    expect(await faultOf(nested(202))).toContain('nested more than 200 deep');
    expect(await values(`[${'[],'.repeat(1000)}"${'['.repeat(1000)}"]`)).toHaveLength(1);
    expect((await read('[[1]]', { maxDepth: 2 })).items).toHaveLength(1);
    expect(await faultOf('[[[1]]]', { maxDepth: 2 })).toBe('1: the value is nested more than 2 deep (maxDepth)');
  });

  test('a line may have as many bytes as the limit, its end and byte order mark not counted', async () => {
    const options = { maxRecordBytes: 6 };
    expect((await read('\uFEFF"éé"\r\n"éé"\r\n', options)).items).toHaveLength(2);
    expect(await faultOf('1\n"ééa"\n', options)).toBe('2: the line is longer than 6 bytes (maxRecordBytes)');
  });

  test('a line without end is not collected beyond the limit', async () => {
    let given = 0;
    async function* tooMuch() {
      for (; given < 100_000; given += 1000) yield Buffer.alloc(1000, 'x');
    }
    const { error } = await outcome(ndjson.read(tooMuch(), { maxRecordBytes: 10_000 }));
    expect(error?.message).toContain('longer than 10000 bytes');
    expect(given).toBeLessThan(12_000);
  });
});

test('a line may hold several values one after another, as Firehose joins them', async () => {
  const { items, error } = await outcome(ndjson.read(chunked('{"id":"a"}{"id":"b"} {"id":"}{"}\n{"id":"c"}\n'), {}));
  expect(error).toBeUndefined();
  expect(items).toEqual([
    { line: 1, value: { id: 'a' } },
    { line: 1, number: 2, value: { id: 'b' } },
    { line: 1, number: 3, value: { id: '}{' } },
    { line: 2, value: { id: 'c' } },
  ]);
});

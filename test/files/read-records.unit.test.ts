/** Promise: reading an object gives valid records or one rejection that names all faults, and closes the body. */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { anyCuts, chunked, outcome } from './chunked.ts';

type Options = Parameters<typeof readRecords>[1];
const object = (key: string, content: string | Uint8Array) => ({ bucket: 'b', key, body: chunked(content) });
const rejection = async (key: string, content: string | Uint8Array, options?: Options) => {
  const { items, error } = await outcome(readRecords(object(key, content), options));
  expect(error).toBeInstanceOf(RejectedObjectError);
  return { items, error: error as unknown as RejectedObjectError };
};
const person = z.object({ id: z.coerce.number(), name: z.string() });

describe('reading an object', () => {
  const expected = [
    { id: 1, name: 'Ann' },
    { id: 2, name: 'Bob' },
  ];
  const csv = 'id,name\n1,Ann\n2,Bob\n';
  const ndjson = '{"id":1,"name":"Ann"}\n{"id":2,"name":"Bob"}\n';
  test.each([
    ['a.csv', csv],
    ['a.ndjson', ndjson],
    ['a.csv.gz', gzipSync(csv)],
    ['a.jsonl.gz', gzipSync(ndjson)],
  ])('%s: unpacked, parsed, validated', async (key, content) => {
    const { items } = await outcome(readRecords(object(key, content), { record: person }));
    expect(items.map(record => record.value)).toEqual(expected);
  });

  test('headers and options of the source reach the readers', async () => {
    const stored = {
      key: 'a',
      contentType: 'text/csv; charset=utf-8',
      contentEncoding: 'gzip',
      body: chunked(gzipSync('a;b\n1;2\n')),
    };
    expect((await outcome(readRecords(stored, { delimiter: ';' }))).items).toEqual([
      { line: 2, value: { a: '1', b: '2' } },
    ]);
  });

  test('without a schema the records are as they stand', async () => {
    expect((await outcome(readRecords(object('a.ndjson', '1\n"x"\n')))).items).toEqual([
      { line: 1, value: 1 },
      { line: 2, value: 'x' },
    ]);
  });

  test('a body in one piece is read in bounded batches', async () => {
    const sizes: number[] = [];
    for await (const batch of readRecords(object('a.ndjson', '"0123456789"\n'.repeat(200_000))))
      sizes.push(batch.length);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(200_000);
    expect(Math.max(...sizes)).toBeLessThan(25_000);
  });

  test('a large file is not held in memory: the body is read as batches are taken', async () => {
    let given = 0;
    async function* body() {
      for (; given < 1000; given += 1) yield Buffer.from('{"id":1}\n'.repeat(100));
    }
    for await (const _batch of readRecords({ key: 'a.ndjson', body: body() })) break;
    expect(given).toBeLessThan(5);
  });
});

describe('rejection', () => {
  test('an invalid record rejects the file with bucket, key, line, field, expectation and what was got', async () => {
    const { error } = await rejection('a.ndjson', '{"id":1,"name":"Ann"}\n{"id":2,"name":3}\n', { record: person });
    expect(error.location).toEqual({ bucket: 'b', key: 'a.ndjson', line: 2, field: 'name' });
    expect(error.message).toBe('b/a.ndjson:2 name: Invalid input, got number 3, expected string');
  });

  test('of records on one line it is told which they are', async () => {
    const content = '[{"id":1,"name":"Ann"},{"id":2},{"id":3,"name":"Cyd"},{"id":"x"}]';
    const { error } = await rejection('a.json', content, { record: person });
    expect(error.lines).toEqual([
      expect.stringMatching(/^a\.json:1 \(record 2\) name: /),
      expect.stringMatching(/^a\.json:1 \(record 4\) id: /),
      expect.stringMatching(/^a\.json:1 \(record 4\) name: /),
    ]);
    const { items } = await outcome(readRecords(object('a.json', content.replace(/,[^}]*"x"}/, '')), {}));
    expect(items.map(({ number }) => number)).toEqual([undefined, 2, 3]);
    const cut = (await rejection('a.json', content.slice(0, -3), { record: person })).error.lines;
    expect(cut.map(line => /\(record \d\)/.exec(line)?.[0])).toEqual(['(record 2)', '(record 4)']);
    const joined = '{"Item":{"pk":{"S":"a"}}}{"Item":{"pk":{"X":"a"}}}{"Item":{"pk":{"S":"c"}}}\n';
    const exported = await rejection('a.json', joined, { format: 'dynamodb' });
    expect(exported.error.lines).toEqual([expect.stringMatching(/^a\.json:1 \(record 2\) /)]);
  });

  test('a fault of the file comes after what is wrong with the records of its line', () => {
    const invalid = new InvalidRecords(0);
    invalid.fault({ line: 1, problem: 'two of them contradict each other' });
    for (const number of [3, 2]) invalid.add({ line: 1, number, value: {} }, [{ line: 1, problem: `${number}` }], []);
    invalid.add({ line: 2, value: {} }, [{ line: 2, problem: 'next' }], []);
    expect(invalid.first.map(({ problem }) => problem)).toEqual([
      '2',
      '3',
      'two of them contradict each other',
      'next',
    ]);
  });

  test('the first 20 problems are told, in the order of lines, and all are counted by kind', async () => {
    const lines = Array.from({ length: 100 }, (_, i) =>
      i % 10 === 0 ? 'oops' : i % 10 === 1 ? '{"id":1}' : '{"id":"x"}',
    );
    const { error } = await rejection('a.ndjson', lines.join('\n'), { record: person });
    expect(error.problems.map(problem => problem.line)).toEqual([
      1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 12,
    ]);
    expect(error.counts).toEqual([
      { kind: 'invalid_type', field: 'name', count: 90 },
      { kind: 'invalid_type', field: 'id', count: 80 },
      { kind: 'content', count: 10 },
    ]);
    expect(error.lines[1]).toBe('a.ndjson:2 name: Invalid input, got nothing, expected string');
    expect(error.message).toMatch(/\(and 179 more\)$/);
  });

  test('a record with many problems takes no more than its share', async () => {
    const wide = z.object(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`f${i}`, z.string()])));
    expect((await rejection('a.ndjson', '{}\n', { record: wide })).error.problems).toHaveLength(20);
  });

  test('an invalid record is not given, those after it are, for their problems to be counted', async () => {
    const body = chunked('{"id":1,"name":"a"}\n{"id":2}\n{"id":3,"name":"c"}\n', [0.42, 0.6]);
    const { items, error } = await outcome(readRecords({ key: 'a.ndjson', body }, { record: person }));
    expect(items.map(record => record.line)).toEqual([1, 3]);
    expect(error).toBeInstanceOf(RejectedObjectError);
  });

  test('a fault of the parser comes after the problems of earlier lines, with its cause', async () => {
    const { error } = await rejection('a.csv', 'id,name\n1,\n1,"', { record: person });
    expect(error.problems.map(problem => problem.line)).toEqual([2, 3]);
    expect(error.cause).toBeInstanceOf(Error);
  });

  test.each([
    ['a.ndjson', '1\nx', /^b\/a\.ndjson:2 not one JSON value/],
    ['a.csv', 'a,b\n1\n', /^b\/a\.csv:2 the row has 1 cells/],
    ['a.csv', '', /^b\/a\.csv the file is empty/],
    ['a.csv.gz', 'a,b\n', /^b\/a\.csv\.gz is said to be gzip/],
    ['a.csv.gz', gzipSync('a,b\n1,2\n').subarray(0, 20), /^b\/a\.csv\.gz ends in the middle of its gzip stream/],
    ['a.txt', 'a', /^b\/a\.txt can't tell the format/],
  ])('%s with %j is rejected', async (key, content, message) => {
    expect((await rejection(key, content)).error.message).toMatch(message);
  });

  test('the outcome of bad content does not depend on how its bytes come', async () => {
    const line = fc.constantFrom('{"id":1,"name":"é"}', '{"id":"x"}', '{', '', '{"id":2,"name":null}');
    await fc.assert(
      fc.asyncProperty(fc.array(line), anyCuts, async (lines, cuts) => {
        const text = lines.join('\n');
        const whole = await outcome(readRecords({ key: 'a.ndjson', body: chunked(text) }, { record: person }));
        const cut = await outcome(readRecords({ key: 'a.ndjson', body: chunked(text, cuts) }, { record: person }));
        expect(cut.error?.message).toBe(whole.error?.message);
        expect((cut.error as RejectedObjectError | undefined)?.problems).toEqual(
          (whole.error as RejectedObjectError | undefined)?.problems,
        );
        if (!whole.error) expect(cut.items).toEqual(whole.items);
      }),
    );
  });
});

describe('the body', () => {
  test.each(['a.ndjson', 'a.csv', 'a.ndjson.gz'])(
    'a failed read of %s passes through unchanged, so that it can be repeated',
    async key => {
      const reset = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
      const text = key === 'a.csv' ? 'id\n1\n' : '{"id":1}\n';
      const start = key.endsWith('.gz') ? gzipSync(text).subarray(0, 12) : Buffer.from(text);
      async function* failing() {
        yield start;
        throw reset;
      }
      const options = key === 'a.ndjson' ? { record: person } : {};
      expect((await outcome(readRecords({ key, body: failing() }, options))).error).toBe(reset);
      expect((await outcome(readRecords({ key, body: Readable.from(failing()) }, options))).error).toBe(reset);
    },
  );

  test.each([
    ['a format that cannot be told', 'a.txt', {}],
    ['a delimiter that means nothing', 'a.csv', { delimiter: '' }],
    ['a bad record', 'a.ndjson', {}],
    ['a reader that stops early', 'good.csv', {}],
    ['gzip that is none', 'a.csv.gz', {}],
  ])('%s leaves no open connection', async (_name, key, options) => {
    const stream = Readable.from([Buffer.from('a,b\n1,2\n'), Buffer.from('3,4\n')], { objectMode: false });
    const reading = async () => {
      for await (const _batch of readRecords({ key, body: stream }, options)) break;
    };
    await reading().catch(() => undefined);
    await expect.poll(() => stream.destroyed).toBe(true);
  });
});

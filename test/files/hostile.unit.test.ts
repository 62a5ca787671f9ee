/** Threat: a file made to take memory or time, or to lie about itself. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { chunked, outcome } from './chunked.ts';
import { hostileFiles } from './hostile-files.ts';
import { parquetFile } from './lying-parquet.ts';

describe('a hostile file is refused with words that say what is wrong', () => {
  test.each(Object.entries(hostileFiles))('%s', async (_, { body, problem, options, ...object }) => {
    const content = body();
    const bytes = content instanceof Uint8Array ? chunked(content, [0.3, 0.6]) : content;
    const { error } = await outcome(readRecords({ bucket: 'b', ...object, body: bytes }, options));
    expect(error).toBeInstanceOf(RejectedObjectError);
    expect(error?.message).toMatch(problem);
    expect(error?.message.length).toBeLessThan(600);
  });

  test('and without its lies one of them is read', async () => {
    const { items } = await outcome(readRecords({ key: 'a.parquet', body: chunked(parquetFile()) }));
    expect(items).toEqual([{ line: 1, value: { x: 1 } }]);
  });
});

test('no hostile file takes memory: all of them together are refused within 96 MB of heap', {
  timeout: 180_000,
}, () => {
  const script = new URL('read-hostile-files.ts', import.meta.url).pathname;
  const printed = execFileSync(
    process.execPath,
    ['--max-old-space-size=96', '--disable-warning=ExperimentalWarning', script],
    { encoding: 'utf8' },
  );
  const { refused, peakMegabytes } = JSON.parse(printed) as { refused: number; peakMegabytes: number };
  expect(refused).toBe(Object.keys(hostileFiles).length);
  // The heap's limit, the program itself and buffers outside of the heap.
  expect(peakMegabytes).toBeLessThan(600);
});

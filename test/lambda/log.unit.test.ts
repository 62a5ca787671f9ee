/** Promise: a line of the log says which invocation wrote it. */
import middy from '@middy/core';
import { expect, it, vi } from 'vitest';
import { log, logRequest } from '../../lib/lambda/log.ts';
import { filesOf, textOf } from '../house/tree.ts';

it('names the invocation, and keeps the fields that it had', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const handler = middy()
    .use(logRequest())
    .handler(async () => log({ level: 'info', event: 'put-back', keys: 3n, none: null }));
  try {
    for (const awsRequestId of ['first', 'second']) await handler({}, { awsRequestId } as never);
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
    const fields = { level: 'info', event: 'put-back', keys: '3', none: null };
    expect(lines).toEqual([
      { ...fields, request: 'first' },
      { ...fields, request: 'second' },
    ]);
  } finally {
    write.mockRestore();
    await middy()
      .use(logRequest())
      .handler(async () => {})({}, {} as never);
  }
});

it('a line has no more of a long list than a log takes', () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  log({ level: 'info', event: 'synced', keys: Array.from({ length: 25_000 }, (_, n) => `${n}`), few: ['a', 'b'] });
  const [[line] = []] = write.mock.calls;
  write.mockRestore();
  const { keys, few } = JSON.parse(String(line)) as { keys: string[]; few: string[] };
  expect([keys[0], keys.length, keys.at(-1)]).toEqual(['0', 61, 'and 24940 more']);
  expect(few).toEqual(['a', 'b']);
});

it('is so in every function', () => {
  const without = filesOf('functions').filter(
    path => path.endsWith('.ts') && !/logRequest\(\)|nameRequest\(/.test(textOf(path)),
  );
  expect(without).toEqual([]);
});

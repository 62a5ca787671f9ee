/** Promise: each rejection is told on the event bus, in calls that EventBridge takes. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';

// Clients are kept once they are made, and suites of one process share modules: this one has its own.
vi.resetModules();
const { callsOf, publishNotes, publishRejections } = await import('../../lib/lambda/rejection-events.ts');

it('every rejection is told once, in calls that EventBridge takes: 10 entries, 256 KB', () => {
  const detail = fc.oneof(
    fc.string({ maxLength: 30, unit: 'grapheme' }),
    fc.integer({ min: 1000, max: 200_000 }).map(length => 'x'.repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(detail, { maxLength: 60 }), details => {
      const calls = [...callsOf(details)];
      expect(calls.flat()).toEqual(details);
      for (const call of calls) {
        expect(call.length).toBeLessThanOrEqual(10);
        expect(call.reduce((sum, each) => sum + Buffer.byteLength(each), 0)).toBeLessThan(256 * 1024);
      }
    }),
  );
});

it('one that EventBridge does not take, though it takes the call, is in the log', async () => {
  const taken: { readonly Detail: string }[] = [];
  const bus = createServer(async (request, response) => {
    const { Entries } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    taken.push(...Entries);
    const refused = { ErrorCode: 'InternalFailure', ErrorMessage: 'try later' };
    const answers = Entries.map((_: unknown, i: number) => (i === 1 ? refused : { EventId: String(i) }));
    response.end(JSON.stringify({ FailedEntryCount: answers.includes(refused) ? 1 : 0, Entries: answers }));
  }).listen(0, '127.0.0.1');
  await once(bus, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', `http://127.0.0.1:${(bus.address() as AddressInfo).port}`);
  for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'local');
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const rejection = (key: string) => ({ key, reason: 'bad', problems: [], lines: [], counts: [] });
    await publishRejections('bucket', { scope: 'kg@neo4j', rejected: [rejection('a')] });
    expect(write).not.toHaveBeenCalled();
    await publishRejections('bucket', { scope: 'kg@neo4j', rejected: [rejection('b'), rejection('c')] });
    const [[line] = []] = write.mock.calls;
    expect(JSON.parse(String(line))).toMatchObject({
      event: 'rejection-event-lost',
      error: expect.stringContaining('1 of 2: InternalFailure'),
    });
    expect(taken.map(({ Detail }) => JSON.parse(Detail).key)).toEqual(['a', 'b', 'c']);
    const notes = [{ kind: 'unknown-column', count: 1, first: [{ line: 2, field: 'x', problem: 'y' }] }];
    await publishNotes('bucket', { scope: 'kg@neo4j', noted: [{ key: 'd', notes }] });
    expect(taken[3]).toMatchObject({ DetailType: 'Object Noted' });
    expect(JSON.parse(taken[3]?.Detail ?? '')).toEqual({ scope: 'kg@neo4j', bucket: 'bucket', key: 'd', notes });
  } finally {
    write.mockRestore();
    vi.unstubAllEnvs();
    bus.close();
  }
});

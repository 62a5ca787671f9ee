/** Promise: with a memo or without, an object declares the same: over versions, code, failures, workers that go away, time that passes. */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import neo4j from 'neo4j-driver';
import { afterEach, expect, it, vi } from 'vitest';
import { readObject } from '../../lib/bucket/objects.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { ContextKey, type Declaration, type Flow, flow, type SourceOptions } from '../../lib/index.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';

const DAY_MS = 86_400_000;

type Memo = NonNullable<SourceOptions<never>['memo']>;

/** What happens to a function from outside. */
interface Trouble {
  /** Calls until one fails for passing reasons. */
  fails: number;
  /** Calls until nobody waits any more. */
  gone: number;
  given: AbortController;
}

/** A flow whose function gives all kinds of results, some of which it makes of the code and of the object's key. */
function flowOf(memo: Memo | false, code: number, trouble: Trouble): Flow {
  return flow(new ContextKey('histories'), graph => {
    const thing = graph.nodeTable<Record<string, unknown>>('Thing');
    const near = graph.relationTable('NEAR', thing, thing);
    const options = { memo, onInvalid: 'skip', maxInvalidRecords: 2, concurrency: 3 } as const;
    graph.source('*.ndjson', options, async (record, { key }) => {
      await turn();
      trouble.gone -= 1;
      if (trouble.gone === 0) trouble.given.abort();
      trouble.fails -= 1;
      if (trouble.fails === 0) throw Object.assign(new Error('busy'), { retryable: true });
      const { id, kind, n } = record as { id: number; kind: string; n: unknown };
      const node = (more: object = {}): Declaration => thing.declareRecord({ id, n, code: code * 1.5, key, ...more });
      if (kind === 'bad') throw new Error(`no ${id} by ${code}`);
      if (kind === 'none') return null;
      if (kind === 'forgotten') return undefined as never;
      if (kind === 'vector')
        return node({ v: new Float32Array([id, code, 0.1]), list: [1n, 2n], bytes: new Uint8Array([id]) });
      if (kind === 'times')
        return [node({ on: new neo4j.types.Date(2026, 11, 29), at: new neo4j.types.Point(4326, id, code) })];
      if (kind === 'absent') return thing.declareAbsent({ id });
      return (function* () {
        yield node();
        yield near.declareRelation({ fromId: id, toId: id + 1, record: { id: code } });
      })();
    });
  });
}

const record = fc.record({
  id: fc.integer({ min: 0, max: 5 }),
  kind: fc.constantFrom('vector', 'times', 'edge', 'edge', 'vector', 'times', 'none', 'absent', 'bad', 'forgotten'),
  n: fc.constantFrom(0, 0.5, 1, '1', null, [1, 2], true),
});

type Step =
  | { readonly do: 'put'; readonly key: string; readonly records: readonly object[] }
  | { readonly do: 'deploy'; readonly code: number }
  | { readonly do: 'fail' | 'go away'; readonly calls: number }
  | { readonly do: 'sleep'; readonly days: number };

const key = fc.constantFrom('a.ndjson', 'b.ndjson');
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('put' as const), key, records: fc.array(record, { maxLength: 12 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deploy' as const), code: fc.integer({ min: 0, max: 2 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('fail' as const, 'go away' as const),
      calls: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sleep' as const), days: fc.integer({ min: 1, max: 60 }) }) },
);

/** What an object declares, or why it is refused. */
async function declared(world: TrackedWorld, flow: Flow, code: number, key: string, signal?: AbortSignal) {
  try {
    const version = await readObject(world.worker(flow, String(code)), key, { signal });
    return version && { rows: [...version.rows], skipped: version.skipped, notes: version.notes };
  } catch (error) {
    if (error instanceof RejectedObjectError) return error.lines;
    return (error as { retryable?: boolean }).retryable ? 'again' : error;
  }
}

/** Takes one world with a memo and one without through a history. @returns calls that were spared */
async function compare(memo: Memo, steps: readonly Step[]): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'] });
  const none = (): Trouble => ({ fails: 0, gone: 0, given: new AbortController() });
  const [kept, plain] = [new TrackedWorld(flowOf(memo, 0, none())), new TrackedWorld(flowOf(false, 0, none()))];
  let code = 0;
  for (const one of steps) {
    if (one.do === 'put') for (const world of [kept, plain]) world.put(one.key, one.records);
    if (one.do === 'deploy') code = one.code;
    if (one.do === 'sleep') vi.setSystemTime(Date.now() + one.days * DAY_MS);
    for (const key of ['a.ndjson', 'b.ndjson']) {
      if (one.do === 'fail' || one.do === 'go away') {
        const trouble = { ...none(), [one.do === 'fail' ? 'fails' : 'gone']: one.calls };
        await declared(kept, flowOf(memo, code, trouble), code, key, trouble.given.signal);
      }
      const expected = await declared(plain, flowOf(false, code, none()), code, key);
      expect(await declared(kept, flowOf(memo, code, none()), code, key)).toStrictEqual(expected);
    }
  }
}

afterEach(() => {
  vi.useRealTimers();
});

it('an object declares the same with a memo and without', { timeout: 120_000 }, async () => {
  const memo = fc.constantFrom<Memo>({ dependsOn: ['key'] }, { dependsOn: ['key', 'size'], days: 40 });
  await fc.assert(fc.asyncProperty(memo, fc.array(step, { minLength: 2, maxLength: 8 }), compare), { numRuns: 150 });
});

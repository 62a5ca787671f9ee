/** Threat: a batch that was planned on something else than the graph is at gets past the fence. */
import { expect } from 'vitest';
import { acquire } from '../../lib/commit/lease.ts';
import { recover } from '../../lib/commit/recover.ts';
import type { FenceCheck } from '../../lib/neo4j/fence/fence.ts';
import { it } from '../sync/world-test.ts';
import { atRest, before, cleanRun } from './files.ts';

it.for<{ of: keyof FenceCheck; other: (check: FenceCheck) => Partial<FenceCheck> }>([
  { of: 'epoch', other: ({ epoch }) => ({ epoch: epoch - 1 }) },
  { of: 'epoch', other: ({ epoch }) => ({ epoch: epoch + 1 }) },
  { of: 'root', other: () => ({ root: '' }) },
  { of: 'definition', other: () => ({ definition: 'of yesterday' }) },
  { of: 'scope', other: () => ({ scope: 'nobody@neo4j' }) },
])('a batch of another $of is refused, and none of its statements happens', async ({ of, other }, { world }) => {
  const rest = await cleanRun(world, before);
  const scope = world.worker();
  const { epoch, root } = await recover(scope, await acquire(scope));
  const right: FenceCheck = { scope: scope.name, epoch, root, definition: scope.definitionHash, next: root };
  const wrong = { ...right, ...other(right) };
  expect(wrong[of]).not.toBe(right[of]);
  const commit = (fence: FenceCheck) =>
    scope.connection.graph.commit({
      fence,
      statements: [
        {
          text: `UNWIND $rows AS r MERGE (n:${world.labels.person} {id: r}) RETURN count(*) AS n`,
          rows: ['intruder'],
          result: 'rows',
          counts: 'nodesUpserted',
          table: 'people',
        },
      ],
      tolerant: false,
      timeoutMs: 10_000,
      store: async () => {},
      review: async () => {},
    });
  await expect(commit(wrong)).rejects.toMatchObject({ code: 'STALE_FENCE', retryable: true });
  expect((await atRest(world)).graph).toEqual(rest.graph);
  expect(await commit(right)).toEqual(new Map([['nodesUpserted', 1]]));
});

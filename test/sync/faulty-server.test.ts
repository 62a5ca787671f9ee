/** Threat: the server calls itself faulty, and is: at everything, or at what one file holds. */
import { Neo4jError } from 'neo4j-driver';
import { expect } from 'vitest';
import type { Scope } from '../../lib/scope.ts';
import { resync } from '../../lib/sync/resync.ts';
import { withCommit } from './with-commit.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const keys = Array.from({ length: 24 }, (_, n) => `notes/${n}.ndjson`);
/** Names of notes that the server fails at. */
const bad = (n: number) => `note ${n} is bad`;

/** A worker that the server answers with an error of its own where a row says one of some texts. */
function workerAt(world: World, failsAt: ReadonlySet<string>): { worker: Scope; answers: () => number } {
  let answers = 0;
  const connection = withCommit(world.connection, commit => async input => {
    const said = JSON.stringify(input.statements, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    if (![...failsAt].some(text => said.includes(text))) return await commit(input);
    await input.store().catch(() => {});
    answers += 1;
    throw new Neo4jError('Failed to apply', 'Neo.DatabaseError.Statement.ExecutionFailed', '50N00', 'general error');
  });
  return {
    worker: world.worker({ connection, limits: { maxTries: 2 } }),
    answers: () => answers,
  };
}

async function putNotes(world: World, badOnes: readonly number[]): Promise<void> {
  for (const [n, key] of keys.entries()) {
    await world.put(key, [{ id: `n${n}`, rev: 1, text: badOnes.includes(n) ? bad(n) : 'good' }]);
  }
}

it('files that the server fails at keep no other from being applied, and are applied when it no longer does', async ({
  world,
}) => {
  await putNotes(world, [3, 17]);
  const failsAt = new Set([bad(3), bad(17)]);
  const { worker, answers } = workerAt(world, failsAt);
  const report = await world.sync(keys, worker);
  expect(report).toMatchObject({ applied: 22, rejected: [], unsettled: [] });
  expect(report.unread.map(({ key }) => key).sort()).toEqual(['notes/17.ndjson', 'notes/3.ndjson']);
  expect(await world.status('notes/3.ndjson')).toMatchObject({
    state: 'unread',
    reason: expect.stringContaining('Failed to apply'),
  });
  expect(await world.notes()).toHaveLength(22);
  expect(answers()).toBeLessThan(30);
  const again = await resync(worker);
  expect(again).toMatchObject({ settled: true, outdated: ['notes/17.ndjson', 'notes/3.ndjson'] });
  failsAt.clear();
  expect(await world.sync(again.outdated, worker)).toMatchObject({ applied: 2, unread: [] });
  expect(await world.notes()).toHaveLength(24);
});

it('a server that fails at everything rejects nothing, is found in a bounded number of tries, and then all is applied', async ({
  world,
}) => {
  await putNotes(world, []);
  const failsAt = new Set(['good']);
  const { worker, answers } = workerAt(world, failsAt);
  await expect(world.sync(keys, worker)).rejects.toThrow('Failed to apply');
  expect(answers()).toBeLessThan(20);
  expect(await world.status('notes/3.ndjson')).toBeNull();
  failsAt.clear();
  expect(await world.sync(keys, worker)).toMatchObject({ applied: 24, unread: [], rejected: [] });
});

it('a file alone that the server fails at is left, not rejected', async ({ world }) => {
  await world.put('notes/0.ndjson', [{ id: 'n', rev: 1, text: bad(0) }]);
  const { worker } = workerAt(world, new Set([bad(0)]));
  const report = await world.sync(['notes/0.ndjson'], worker);
  expect(report).toMatchObject({ applied: 0, rejected: [], unread: [{ key: 'notes/0.ndjson' }] });
});

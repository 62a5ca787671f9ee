/** Threat: a batch is planned on what the one before it was to leave, and that one fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Neo4jError } from 'neo4j-driver';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transport } from '../support/connection.ts';
import { withCommit } from '../sync/with-commit.ts';
import { World } from '../sync/world.ts';
import { type AtRest, atRest, cleanRun, putFiles } from './files.ts';

const people = (name: string) =>
  Object.fromEntries(
    ['people/a.ndjson', 'people/b.ndjson'].map(key => [
      key,
      Array.from({ length: 12 }, (_, n) => ({ id: `${key}${n}`, name: `${name} ${n}` })),
    ]),
  );
const [before, after] = [people('before'), people('after')];
const keys = Object.keys(after);

let world: World;
let restAfter: AtRest;

beforeAll(async () => {
  world = await World.create();
  restAfter = await cleanRun(world, after);
});
afterAll(async () => await world.close());

const memory = () =>
  new Neo4jError('no memory', 'Neo.TransientError.General.MemoryPoolOutOfMemoryError', '51N00', 'general error');
const deadlock = () =>
  new Neo4jError('a deadlock', 'Neo.TransientError.Transaction.DeadlockDetected', '50N00', 'general error');

// By HTTP nothing is planned before COMMIT is asked for.
it.skipIf(transport !== 'bolt').each([
  ['as large as before', deadlock],
  ['smaller', memory],
])('the batches after it are planned anew: %s', async (_, failure) => {
  // Most batches are slices of one file: after one that fails the objects are as they were thought to be, and the root is not.
  for (const nth of [1, 2, 3, 4]) {
    await cleanRun(world, before);
    await putFiles(world, after);
    let commits = 0;
    const connection = withCommit(world.connection, commit => async input => {
      commits += 1;
      if (commits !== nth) return await commit(input);
      const fail = async () => {
        await sleep(50); // the next batch is planned meanwhile
        throw failure();
      };
      return await commit({ ...input, beforeCommit: fail });
    });
    const report = await world.sync(keys, world.worker({ connection, limits: { maxRowsPerTransaction: 5 } }));
    expect(report).toMatchObject({ rejected: [], unread: [], unsettled: [] });
    expect(commits).toBeGreaterThan(nth);
    expect(await atRest(world)).toEqual(restAfter);
  }
});

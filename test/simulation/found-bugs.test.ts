/** Threat: what the simulation has found comes back; each is a history of its own. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, inject } from 'vitest';
import { remedyFor } from '../../lib/commit/retry.ts';
import { applySchema } from '../../lib/neo4j/schema/apply-schema.ts';
import { atRest, before, cleanRun, keys } from '../protocol/files.ts';
import { resyncUntilSettled } from '../protocol/resynced.ts';
import { clientConfig } from '../support/aws-address.ts';
import { peopleFlow } from '../sync/people-flow.ts';
import { it } from '../sync/world-test.ts';

// Seeds 110 and 116: the worker took the fence for another stack's, and gave up.
it('a fence that is wiped while a worker waits for its lock is gone, not another state’s', async ({ world }) => {
  const rest = await cleanRun(world, before);
  await world.put('notes/b.ndjson', [{ id: 'n9', rev: 1 }]);
  const session = world.driver.session({ database: world.connection.database });
  const wipe = await session.beginTransaction();
  await wipe.run('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: world.worker().name });
  const { person, note } = world.labels;
  await wipe.run(`MATCH (n:${person}|${note}) DETACH DELETE n`);
  const synced = world.sync(keys);
  await sleep(1_000); // it waits for the lock now
  await wipe.commit();
  await session.close();
  expect(await synced).toMatchObject({ replaced: true, rejected: [] });
  await resyncUntilSettled(world);
  await world.remove('notes/b.ndjson');
  expect(await atRest(world)).toEqual(rest);
});

// Seed 1000: the index of a constraint that another worker was making looked like one in the way, and the server refused to drop it.
it('workers that make the same constraints at once get in each other’s way for a moment only', async ({ world }) => {
  const { graph } = world.connection;
  for (let round = 0; round < 5; round += 1) {
    const { definition } = peopleFlow(`${world.name}${randomBytes(2).toString('hex')}`);
    const make = async () => await applySchema(graph, { scope: 'found-bugs' }, definition);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, async (_, n) => {
        await sleep(n * 15);
        await make();
      }),
    );
    const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(errors.filter(error => remedyFor(error, false) !== 'again')).toEqual([]);
    expect(await make()).toMatchObject({ created: [], replaced: [], dropped: [] });
  }
});

// Seed 2006: who accepted a version and died noted it nowhere but in the tree, which a wiped database makes us forget.
it('a version accepted by a worker that died comes back to a wiped database under a bad version', async ({ world }) => {
  await world.put('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
  const dying = world.worker({
    observe: step => {
      if (step === 'committed') throw new Error('dead');
    },
  });
  await expect(world.sync(keys, dying)).rejects.toThrow('dead');
  await world.sync(keys); // the event again: it is up to date
  await resyncUntilSettled(world);
  expect(await world.people()).toHaveLength(1);
  await world.put('people/a.ndjson', 'not acceptable');
  const { person } = world.labels;
  await world.query('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: world.worker().name });
  await world.query(`MATCH (n:${person}) DETACH DELETE n`);
  await resyncUntilSettled(world);
  expect(await world.people()).toHaveLength(1);
});

// Seed 6030: the rejection was noted with the ETag of the version that came after the bad one had been read.
it('a good version that comes while a bad one is read is found by a resync if its event is lost', async ({ world }) => {
  const s3 = new S3Client({ ...clientConfig(inject('services').miniStack), forcePathStyle: true });
  s3.middlewareStack.add(
    (next, context) => async args => {
      const answer = await next(args);
      if (context.commandName === 'GetObjectCommand') await world.put('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
      return answer;
    },
    { step: 'initialize' },
  );
  await world.put('people/a.ndjson', 'not acceptable');
  await world.sync(['people/a.ndjson'], world.worker({ s3 }));
  await resyncUntilSettled(world);
  expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada' }]);
});

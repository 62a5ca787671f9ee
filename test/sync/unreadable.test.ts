/** Threat: an object can't be read, or its source's function hangs. It concerns its own rows and no others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { withArchived } from './archived.ts';
import { deployedScope, putInForce } from './deploy.ts';
import { peopleFlow } from './people-flow.ts';
import { it, itOfBuckets } from './world-test.ts';

it('good objects before and behind one that hangs are applied in time, and it is told', async ({ world }) => {
  const hanging = flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    graph.source('people/*.ndjson', { record: z.object({ id: z.string() }) }, async record => {
      if (record.id === 'hangs') await new Promise(() => {}); // a service that doesn't answer
      return person.declareRecord(record);
    });
  });
  const keys = Array.from({ length: 30 }, (_, n) => `people/${String(n).padStart(2, '0')}.ndjson`);
  for (const [n, key] of keys.entries()) await world.put(key, [{ id: n === 20 ? 'hangs' : `p${n}` }]);
  const sync = syncObjects(world.worker({ flow: hanging }), keys, Date.now() + 8_000);
  const report = await Promise.race([sync, sleep(60_000)]);
  expect(report).toMatchObject({ applied: 29, unread: [{ key: 'people/20.ndjson' }], unsettled: [] });
  expect(await world.people()).toHaveLength(29);
  expect(await world.status('people/20.ndjson')).toMatchObject({ state: 'unread' });
});

it('a column that goes is cleared although one object is archived', async ({ world }) => {
  const archived = withArchived(world, ['people/old.ndjson']);
  const first = world.worker({ ...archived, code: 'v1' });
  await putInForce(deployedScope(first));
  await world.put('people/a.ndjson', [{ id: 'ada', name: 'A', age: 7 }]);
  await world.put('people/b.ndjson', [{ id: 'bob', name: 'B', age: 7 }]);
  await world.sync(['people/a.ndjson', 'people/b.ndjson'], first);
  await world.put('people/old.ndjson', [{ id: 'old', name: 'O' }]);
  const second = world.worker({ ...archived, code: 'v2', flow: peopleFlow(world.name, '2', { age: false }) });
  await putInForce(deployedScope(second));
  await world.put('people/b.ndjson', 'rejected, so it keeps its row and the column that went\n');
  await expect
    .poll(
      async () => {
        const report = await resync(second);
        await syncObjects(second, report.outdated);
        return report;
      },
      { timeout: 60_000 },
    )
    .toMatchObject({ settled: true, again: false, outdated: ['people/old.ndjson'] });
  expect(await world.people()).toEqual([
    { id: 'ada', name: 'A' },
    { id: 'bob', name: 'B' },
  ]);
});

it('rows that no file declares are swept from a restored database although one object is archived', async ({
  world,
}) => {
  const worker = world.worker({ ...withArchived(world, ['people/old.ndjson']) });
  await world.put('people/a.ndjson', [{ id: 'ada', name: 'A' }]);
  await world.sync(['people/a.ndjson'], worker);
  await world.put('people/old.ndjson', [{ id: 'old', name: 'O' }]);
  // Another copy of the database: an unknown root, and a row that no file declares.
  const fence = { scope: worker.name };
  await world.query("MATCH (f:_Graphdrop {scope: $scope}) SET f.root = 'unknownunknownunknownunk'", fence);
  await world.query(`CREATE (:${world.labels.person} {id: 'stray', name: 'of a file long gone'})`);
  await expect
    .poll(
      async () => {
        const report = await resync(worker);
        await syncObjects(worker, report.outdated);
        return report;
      },
      { timeout: 60_000 },
    )
    .toMatchObject({ settled: true, again: false });
  expect((await world.people()).map(({ id }) => id)).toEqual(['ada']);
});

itOfBuckets('one that is archived and up to date holds no other up where records are skipped', async ({ world }) => {
  const skipping = flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string }>(world.labels.person);
    const options = { record: z.object({ id: z.string() }), onInvalid: 'skip', maxInvalidRecords: 1 } as const;
    graph.source('people/*.ndjson', options, record => person.declareRecord(record));
  });
  const [a, b] = ['people/a.ndjson', 'people/b.ndjson'];
  const worker = world.worker({ flow: skipping });
  await world.put(a, [{ id: 'ada' }]);
  await world.sync([a], worker);
  await world.put(a, 'bad\nbad\nbad\n');
  expect((await world.sync([a], worker)).rejected).toHaveLength(1);
  // The good version is archived meanwhile; then the bad one is deleted.
  const { Versions = [] } = await world.s3.send(new ListObjectVersionsCommand({ Bucket: world.name, Prefix: a }));
  const { VersionId } = Versions.find(({ IsLatest }) => IsLatest) ?? {};
  await world.s3.send(new DeleteObjectCommand({ Bucket: world.name, Key: a, VersionId }));
  await world.put(b, [{ id: 'bob' }]);
  const report = await world.sync([a, b], world.worker({ flow: skipping, ...withArchived(world, [a]) }));
  expect(report).toMatchObject({ applied: 1, unread: [{ key: a }] });
  expect((await world.people()).map(({ id }) => id)).toEqual(['ada', 'bob']);
});

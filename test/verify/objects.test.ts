/** Promise: objects that tracked state has otherwise than the bucket are named by kind; a replaced database is not compared. */
import { describe, expect } from 'vitest';
import { peopleFlow } from '../sync/people-flow.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

const person = (id: string) => ({ id, name: id });

async function three(world: World): Promise<void> {
  for (const name of ['a', 'b', 'c']) await world.drop(`people/${name}.ndjson`, [person(name)]);
}

describe('objects', () => {
  it('are named as unseen, stale, gone, rejected or half sliced, and queued by a repair', async ({ world }) => {
    await three(world);
    await world.put('people/new.ndjson', [person('new')]);
    await world.put('people/_hidden.ndjson', [person('hidden')]);
    await world.put('elsewhere.ndjson', [person('elsewhere')]);
    await world.put('people/b.ndjson', [person('b'), person('b2')]);
    await world.delete('people/c.ndjson');
    await world.drop('people/bad.ndjson', 'no JSON');
    await world.drop('people/a.ndjson', 'no JSON');
    await world.put(
      'people/half.ndjson',
      Array.from({ length: 7 }, (_, i) => person(`h${i}`)),
    );
    let accepted = 0;
    const dying = world.worker({
      limits: { maxRowsPerTransaction: 2 },
      observe: step => {
        if (step === 'accepted') accepted += 1;
        if (accepted === 2) throw new Error('it dies');
      },
    });
    await expect(world.sync(['people/half.ndjson'], dying)).rejects.toThrow('it dies');
    const worker = world.worker();
    const expected = {
      unseen: ['people/new.ndjson'],
      stale: ['people/b.ndjson'],
      gone: ['people/c.ndjson'],
      rejected: ['people/a.ndjson', 'people/bad.ndjson'],
      halfSliced: ['people/half.ndjson'],
    };
    const { report } = await verifyAll(worker);
    expect(differences(world, report)).toEqual(expected);
    expect(report.objects.listed).toBe(5);
    expect(report.objects.rejected.first[0]?.reason).toMatch(/people\/a\.ndjson:1 /);
    for (const pageSize of [1, 2, 3]) {
      expect((await verifyAll(worker, { pageSize, maxPages: 1 })).report.objects).toEqual(report.objects);
    }
    const repaired = await repairAll(world, worker, { pageSize: 2 });
    expect(differences(world, repaired.report)).toEqual(expected);
    expect(repaired.report.repaired).toEqual({ rows: 0, removed: 0, queued: 4 });
    expect(await verifyAll(worker)).toMatchObject({ clean: true, report: { objects: { rejected: { count: 2 } } } });
    expect((await world.people()).map(({ id }) => id)).toEqual([
      'a',
      'b',
      'b2',
      'h0',
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'new',
    ]);
  });

  it('of a source with other code are stale', async ({ world }) => {
    await three(world);
    await world.drop('notes/a.ndjson', [{ id: 'n', rev: 1 }]);
    const { report } = await verifyAll(world.worker({ flow: peopleFlow(world.name, '2') }));
    expect(differences(world, report)).toEqual({ stale: ['a', 'b', 'c'].map(name => `people/${name}.ndjson`) });
  });

  it('that are not up to date while a worker has the lease are named as in work', async ({ world }) => {
    await three(world);
    await world.put('people/b.ndjson', [person('b2')]);
    const worker = world.worker();
    const held = await worker.head.acquire('somebody', worker.definitionHash, 60_000);
    if (typeof held === 'string') throw new Error(held);
    expect(differences(world, (await verifyAll(worker)).report)).toEqual({ inWork: ['people/b.ndjson'] });
    await worker.head.release(held.epoch);
    expect(differences(world, (await verifyAll(worker)).report)).toEqual({ stale: ['people/b.ndjson'] });
  });
});

describe('a replaced database', () => {
  it('is neither compared nor repaired: a resync comes first', async ({ world }) => {
    await three(world);
    const worker = world.worker();
    await world.query('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: worker.name });
    await world.query(`MATCH (n:${world.labels.person} {id: 'a'}) DELETE n`);
    const { clean, report } = await repairAll(world, worker);
    expect({ clean, tables: report.tables, replaced: report.replaced }).toEqual({
      clean: false,
      tables: {},
      replaced: true,
    });
    expect(report.repaired).toEqual({ rows: 0, removed: 0, queued: 0 });
  });
});

describe('a database that was never used', () => {
  it('lacks what is in the bucket, and nothing else', async ({ world }) => {
    expect(await verifyAll(world.worker())).toMatchObject({ clean: true, report: { replaced: false } });
    await world.put('people/a.ndjson', [person('a')]);
    const { clean, report } = await verifyAll(world.worker());
    expect({ clean, replaced: report.replaced }).toEqual({ clean: false, replaced: false });
    expect(differences(world, report)).toEqual({ unseen: ['people/a.ndjson'] });
  });

  it('is a replaced one if the state knows rows', async ({ world }) => {
    await three(world);
    await world.query('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: world.worker().name });
    expect(await verifyAll(world.worker())).toMatchObject({ clean: false, report: { replaced: true } });
  });
});

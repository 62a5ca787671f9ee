/** Threat: the database is wiped, or an older copy of it is put in its place, while the state and the files go on. */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../lib/scope.ts';
import { resync } from '../../lib/sync/resync.ts';
import type { SyncReport } from '../../lib/sync/sync-report.ts';
import type { World } from '../sync/world.ts';
import { crash } from './crash.ts';
import { OwnDatabase, schemaOf, wipe } from './database-copies.ts';
import { type AtRest, after, atRest, before, cleanRun, type Files, keys, putFiles } from './files.ts';
import { resyncUntilSettled } from './resynced.ts';

let database: OwnDatabase;
let world: World;

beforeAll(async () => {
  database = await OwnDatabase.start();
});
afterAll(async () => await database.server.remove());
beforeEach(async () => {
  world = await database.world();
});
afterEach(async () => await world.close());

/** Files that don't change, beside those that do. */
const steady: Files = {
  'people/steady.ndjson': Array.from({ length: 40 }, (_, n) => ({ id: `s${n}`, name: `steady ${n}` })),
};

/** A file of its own changes: what is up to date isn't looked at, and so says nothing of the database. */
const changed: Files = { ...before, 'notes/b.ndjson': [{ id: 'n9', rev: 1 }] };
const changedKeys = ['notes/b.ndjson'];

describe('a database that was wiped', () => {
  it('is noticed by the next sync and brought back to what the files say, constraints too', async () => {
    const rest = await cleanRun(world, changed);
    await cleanRun(world, before);
    const schema = await schemaOf(world);
    expect(schema.length).toBeGreaterThan(3);
    await wipe(world);
    await putFiles(world, changed);
    expect(await world.sync(changedKeys)).toMatchObject({ replaced: true });
    expect(await atRest(world)).toMatchObject({ resync: true });
    await resyncUntilSettled(world);
    expect(await atRest(world)).toEqual(rest);
    expect(await schemaOf(world)).toEqual(schema);
    expect(await resync(world.worker())).toMatchObject({ settled: true, again: false, outdated: [] });
  });

  it('is noticed by a resync when no file changes', async () => {
    const rest = await cleanRun(world, before);
    await wipe(world);
    const { first } = await resyncUntilSettled(world);
    expect(first).toMatchObject({ settled: false, again: true, tracked: 0 });
    expect(await atRest(world)).toEqual(rest);
  });

  it('is brought back by the worker after one that noticed and died', async () => {
    const rest = await cleanRun(world, changed);
    for (const step of ['stamped', 'planned', 'committed'] as const) {
      await cleanRun(world, before);
      await wipe(world);
      await putFiles(world, changed);
      await crash(world, changedKeys, { step, nth: 1 }, { leaseMs: 500 }, database.services);
      expect(await world.sync(changedKeys), `the resync to be asked for, after ${step}`).toMatchObject({
        replaced: true,
      });
      await resyncUntilSettled(world);
      expect(await atRest(world)).toEqual(rest);
    }
  });

  it('and again before it was brought back is brought back', async () => {
    const rest = await cleanRun(world, before);
    await wipe(world);
    await world.sync(keys.slice(0, 2));
    await wipe(world);
    await world.sync(keys.slice(1, 3));
    await wipe(world);
    await resyncUntilSettled(world);
    expect(await atRest(world)).toEqual(rest);
  });

  it('while its resync is about to settle is not taken for settled', async () => {
    const rest = await cleanRun(world, before);
    await wipe(world);
    await world.sync((await resync(world.worker())).outdated);
    let leases = 0;
    const late = world.worker({
      observe: async step => {
        if (step === 'leased' && ++leases === 2) await wipe(world);
      },
    });
    expect(await resync(late)).toMatchObject({ settled: false, again: true, swept: 0 });
    expect(leases).toBe(2);
    await resyncUntilSettled(world);
    expect(await atRest(world)).toEqual(rest);
  });

  it('while its resync reads the listing, and noticed by another worker, is not taken for settled', async () => {
    const rest = await cleanRun(world, changed);
    await cleanRun(world, before);
    await wipe(world);
    await world.sync((await resync(world.worker())).outdated);
    const listing = afterListing(async () => {
      await wipe(world);
      await putFiles(world, changed);
      expect(await world.sync(changedKeys)).toMatchObject({ replaced: true });
    });
    expect(await resync(world.worker({ s3: listing }))).toMatchObject({ settled: false, again: true });
    await resyncUntilSettled(world);
    expect(await atRest(world)).toEqual(rest);
  });

  it('gets back the last accepted version of a file whose present version is rejected', async () => {
    const rest = await cleanRun(world, before);
    await world.put('notes/a.ndjson', 'no record at all');
    expect(await world.sync(['notes/a.ndjson'])).toMatchObject({ rejected: [{ key: 'notes/a.ndjson' }] });
    expect(await atRest(world)).toEqual(rest);
    await wipe(world);
    await resyncUntilSettled(world);
    expect((await atRest(world)).graph).toEqual(rest.graph);
  });
});

describe('a database in whose place an older copy was put', { timeout: 180_000 }, () => {
  /** A scope that the copy has, and one that began after it was made. */
  let older: World;
  let younger: World;
  let warm: Scope;
  let difference: Partial<SyncReport>;
  let rests: [AtRest, AtRest];

  beforeAll(async () => {
    [older, younger] = [await database.world(), await database.world()];
    await putFiles(older, steady);
    await older.sync([...keys, ...Object.keys(steady)]);
    await cleanRun(older, before);
    await database.backUp('older');
    await putFiles(older, after);
    const { nodesUpserted, nodesDeleted, relationsUpserted, relationsDeleted } = await older.sync(keys);
    difference = { nodesUpserted, nodesDeleted, relationsUpserted, relationsDeleted };
    warm = younger.worker({ connection: database.connect() }); // its driver remembers what it has seen
    await putFiles(younger, before);
    await younger.sync(keys, warm);
    rests = [await atRest(older), await atRest(younger)];
    await database.restore('older');
    for (const one of [older, younger]) await one.connection.close();
  });
  afterAll(async () => {
    await warm.connection.close();
    for (const one of [older, younger]) await one.close();
  });

  it('gets the difference and nothing else, also of rows that no file declares any more', async () => {
    const { first, ...recovery } = await resyncUntilSettled(older);
    expect(first).toMatchObject({ again: true, listed: 5, tracked: 5 });
    expect(first.outdated).not.toContain('people/steady.ndjson');
    expect(recovery).toEqual({ ...difference, swept: 0 });
    expect(await atRest(older)).toEqual(rests[0]);
  });

  it('gets all of a scope that it knows nothing of, whose warm worker notices', async () => {
    expect(await resync(warm)).toMatchObject({ again: true, tracked: 0 });
    await resyncUntilSettled(younger);
    expect(await atRest(younger)).toEqual(rests[1]);
  });
});

it('an index that was dropped by hand is no reason to reject the files that need it', async () => {
  await cleanRun(world, before);
  await world.query(`DROP INDEX coco_idx_rel_${world.labels.knows}__id`);
  await putFiles(world, after);
  await world.sync(keys).catch(() => {}); // to be seen to by somebody is right, too
  for (const key of keys) expect(await world.status(key), key).not.toMatchObject({ state: 'rejected' });
});

/** The bucket, where something happens once, just after it was listed. */
function afterListing(happens: () => Promise<void>): S3Client {
  let done = false;
  const send = async (command: object): Promise<unknown> => {
    const answer = await world.s3.send(command as ListObjectsV2Command);
    if (done || !(command instanceof ListObjectsV2Command)) return answer;
    done = true;
    await happens();
    return answer;
  };
  return { send, middlewareStack: world.s3.middlewareStack } as unknown as S3Client;
}

/** Threat: a row is declared by very many files. */
import { describe, expect } from 'vitest';
import { declareRows } from '../../lib/bucket/declare-rows.ts';
import { type Batch, type BlockedBatch, prepareBatch } from '../../lib/reconcile/batch.ts';
import type { ObjectChange } from '../../lib/reconcile/object-diff.ts';
import type { RunnerUpRows } from '../../lib/reconcile/ownership.ts';
import type { Scope } from '../../lib/scope.ts';
import { decodeOwners, type Owners } from '../../lib/state/owners.ts';
import { readRoot } from '../../lib/state/read-root.ts';
import { EMPTY_ROOT, type Root } from '../../lib/state/root.ts';
import { scan } from '../../lib/state/tree.ts';
import type { World } from './world.ts';
import { it } from './world-test.ts';

const key = (n: number) => `notes/${String(n).padStart(3, '0')}.ndjson`;
const hub = (n: number) => ({ id: 'hub', rev: n, text: `as ${n} says` });
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

/** The owners of the one row that the world's state has. */
async function ownersOf(world: World): Promise<Owners> {
  const scope = world.worker();
  const { tables } = await readRoot(scope, await world.root());
  for (const { rows } of tables.values()) {
    for await (const [entry] of scan(scope.nodes.stage(), rows)) return decodeOwners(entry?.[1] ?? '');
  }
  throw new Error('no row is tracked');
}

/** A file that declares the hub, as it would be read from the bucket. */
async function changeOf(
  scope: Scope,
  n: number,
): Promise<ObjectChange & { version: NonNullable<ObjectChange['version']> }> {
  const source = scope.sourceOf(key(n));
  if (source === undefined) throw new Error('no source');
  const head = { etag: `"${n}"`, versionId: undefined, contentType: '', contentEncoding: '', size: 1 };
  const body = (async function* () {
    yield Buffer.from(JSON.stringify(hub(n)));
  })();
  const { rows } = await declareRows(
    { bucket: scope.objects.bucket, key: key(n), ...head, body },
    source,
    scope.tables,
  );
  const version = { ...head, source: source.fingerprint, rows, replacedRows: 0, skipped: [], notes: [] };
  return { key: key(n), version };
}

const stageOf = (scope: Scope) => scope.nodes.stage();

function inputOf({ tables }: Scope, root: Root, changes: readonly ObjectChange[], runnersUp: RunnerUpRows = new Map()) {
  return { root, tables, changes, runnersUp, restore: [], maxRows: 20_000 };
}

async function prepared(scope: Scope, ...of: [Root, readonly ObjectChange[], RunnerUpRows?]): Promise<Batch> {
  const batch = await prepareBatch(stageOf(scope), inputOf(scope, ...of));
  if (batch.kind === 'blocked') throw new Error('blocked');
  return batch;
}

function blocked(batch: Batch | BlockedBatch): BlockedBatch {
  if (batch.kind !== 'blocked') throw new Error('not blocked');
  return batch;
}

/** The `rev` of each row that a batch writes: who won it. */
const winners = ({ plan }: Batch) =>
  [...plan.nodes.values()].flatMap(({ upserts }) => upserts.map(({ values }) => values.rev));

describe('a hub that very many objects declare', () => {
  it('gains and loses owners, the winner too, down to none', { timeout: 120_000 }, async ({ world }) => {
    for (const n of numbers(130)) await world.put(key(n), [hub(n)]);
    await world.sync(numbers(120).map(key));
    expect(await ownersOf(world)).toMatchObject({ count: 120, rest: null });

    await world.sync(numbers(130).map(key)); // ten more
    expect(await ownersOf(world)).toMatchObject({ count: 130 });
    expect(await world.notes()).toEqual([hub(129)]);

    for (const n of numbers(20)) await world.delete(key(n)); // none of them the winner
    expect(await world.sync(numbers(20).map(key))).toMatchObject({ nodesUpserted: 0, applied: 20 });
    expect(await ownersOf(world)).toMatchObject({ count: 110 });

    expect(await world.remove(key(129))).toMatchObject({ nodesUpserted: 1 }); // the winner
    expect(await world.notes()).toEqual([hub(128)]);

    await world.drop(key(50), [hub(500)]); // a loser becomes the winner, and falls back
    expect(await world.notes()).toEqual([hub(500)]);
    await world.drop(key(50), [hub(5)]);
    expect(await world.notes()).toEqual([hub(128)]);

    const most = numbers(130).filter(n => n > 20 && n < 129);
    for (const n of most) await world.delete(key(n));
    await world.sync(most.map(key));
    expect(await world.notes()).toEqual([hub(20)]);
    expect(await ownersOf(world)).toMatchObject({ count: 1, tree: null });

    await world.remove(key(20));
    expect(await world.notes()).toEqual([]);
    expect(await world.root()).toBe('');
  });

  it('of 5,000 objects loses its winner', async ({ world }) => {
    const scope = world.worker();
    const changes = await Promise.all(numbers(5_000).map(n => changeOf(scope, n)));
    const all = await prepared(scope, EMPTY_ROOT, changes);
    expect(winners(all)).toEqual([4_999n]);
    await scope.nodes.put([...all.nodes, ...(all.rootNode === null ? [] : [all.rootNode])]);

    const gone = [{ key: key(4_999), version: null }];
    const { missing } = await prepareBatch(stageOf(scope), { ...inputOf(scope, all.root, gone) }).then(blocked);
    expect([...missing.values()]).toMatchObject([{ entry: { key: key(4_998) } }]);
    const [[id = '', { rows }] = ['', { rows: new Set<string>() }]] = missing;
    const next = (await changeOf(scope, 4_998)).version?.rows ?? new Map();
    const runnersUp = new Map([[id, new Map([...rows].map(row => [row, next.get(row) ?? null]))]]);
    const without = await prepared(scope, all.root, gone, runnersUp);
    expect(winners(without)).toEqual([4_998n]);
    expect([...without.plan.nodes.values()].flatMap(({ deletes }) => deletes)).toEqual([]);
    expect(without.nodes.length).toBeLessThan(20); // of some hundreds
    expect(without.rootHash).toBe((await prepared(scope, EMPTY_ROOT, changes.slice(0, -1))).rootHash);
  });

  it('leaves the same state as a small row when it is one again', async ({ world }) => {
    await world.drop(key(0), [hub(0)]);
    const small = await world.root();
    for (const n of numbers(40)) await world.put(key(n), [hub(n)]);
    await world.sync(numbers(40).map(key));
    expect(await ownersOf(world)).toMatchObject({ count: 40, rest: null });
    const others = numbers(40).slice(1).map(key);
    for (const other of others) await world.delete(other);
    await world.sync(others);
    expect(await world.root()).toBe(small);
  });
});

/** Promise: batches lead from any files to any others: to the graph and the root that the new files alone would make. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { prepareBatch } from '../../lib/reconcile/batch.ts';
import { NodeStage } from '../../lib/state/node-stage.ts';
import { decodeObject, objectId } from '../../lib/state/object-entry.ts';
import { lookup } from '../../lib/state/tree.ts';
import { decodeNode } from '../../lib/state/tree-node.ts';
import { expectAsFresh, knows, Life, person, type Row, type Rows, rowsOf, tables, versionOf } from './life.ts';

const id = fc.constantFrom('a', 'b', 'c');
const v = fc.integer({ min: 0, max: 2 });
const declared = fc.oneof(
  fc.record({ id, v }).map(row => person.declareRecord(row)),
  fc.record({ id, v }).map(row => person.declareAbsent(row)),
  fc.record({ fromId: id, toId: id, v }).map(row => knows.declareAbsent(row)),
  fc.record({ id: fc.constantFrom('k', 'l'), v }).map(row => knows.declareAbsent(row)),
  fc
    .tuple(id, id, fc.option(fc.constantFrom('k', 'l')), v)
    .map(([fromId, toId, key, value]) =>
      knows.declareRelation({ fromId, toId, record: { v: value, ...(key !== null && { id: key }) } as Row }),
    ),
);
/** What one file says; null: it is gone. */
const content = fc.option(fc.array(declared, { maxLength: 6 }).map(rowsOf), { freq: 4 });
const steps = (keys: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(
    fc.record({
      files: fc.array(fc.tuple(keys, content), { maxLength: 5 }),
      maxRows: fc.integer({ min: 1, max: 12 }),
      maxBytes: fc.constantFrom(1, 2_000, Number.POSITIVE_INFINITY),
    }),
    {
      maxLength,
    },
  );

/** Two files that declare one row, of which the second wins. */
async function contested() {
  const life = new Life();
  const [old, next] = [0, 1].map(value => person.declareRecord({ id: 'a', v: value })) as [Declaration, Declaration];
  await life.apply(
    new Map([
      ['v', rowsOf([old])],
      ['w', rowsOf([next])],
    ]),
  );
  const load = async (hashes: readonly string[]) =>
    new Map(hashes.map(hash => [hash, decodeNode(life.nodes.stored.get(hash) as string)]));
  return { life, old, load };
}

describe('batches', () => {
  it.each([false, true])('lead to the graph and the root of the files as they are; spooled: %s', async spools => {
    await fc.assert(
      fc.asyncProperty(steps(fc.constantFrom('v', 'w', 'x', 'y', 'z'), 6), async history => {
        const life = new Life(spools);
        for (const { files, maxRows, maxBytes } of history) {
          life.maxBytes = maxBytes;
          await life.apply(new Map(files), maxRows);
          await expectAsFresh(life);
        }
      }),
      { numRuns: spools ? 60 : 200 },
    );
  });

  it('read each part of a spooled file once or twice, however many slices it takes', async () => {
    const rows = rowsOf(Array.from({ length: 640 }, (_, n) => person.declareRecord({ id: `p${n}`, v: 0 })));
    const life = new Life();
    const version = versionOf(rows, true);
    const { spooled } = version;
    let reads = 0;
    if (spooled === undefined) return expect.unreachable();
    const read = spooled.read.bind(spooled);
    spooled.read = async part => {
      reads += 1;
      return await read(part);
    };
    await life.applyChanges([{ key: 'v', version }], 20);
    expect(life.batches).toBe(32);
    expect(reads).toBeLessThanOrEqual(2 * spooled.parts.length);
    await expectAsFresh(life);
  });

  it('give a row back that the graph lost between two slices of a spooled file', async () => {
    const rows = rowsOf(Array.from({ length: 100 }, (_, n) => person.declareRecord({ id: `p${n}`, v: 0 })));
    const change = { key: 'v', version: versionOf(rows, true) };
    const life = new Life();
    await life.applyChanges([change], 20, [], 2);
    const [lost = ''] = life.graph.nodes.keys();
    life.graph.nodes.delete(lost);
    const applied = [...rows.values()].sort((a, b) => (a.row < b.row ? -1 : 1)).slice(0, 40);
    await life.applyChanges([change], 20, applied);
    await expectAsFresh(life);
  });

  it('do so for a row of more owners than are kept in place', async () => {
    const hub = (n: number): Rows => rowsOf([person.declareRecord({ id: 'a', v: n % 2 })]);
    const crowd = new Map(Array.from({ length: 40 }, (_, n) => [`o${String(n).padStart(2, '0')}`, hub(n)]));
    await fc.assert(
      fc.asyncProperty(steps(fc.constantFrom(...crowd.keys()), 4), fc.nat(40), async (history, least) => {
        const life = new Life();
        await life.apply(crowd, 50);
        for (const { files } of history) await life.apply(new Map(files), 50);
        await expectAsFresh(life);
        await life.apply(new Map([...crowd.keys()].slice(least).map(key => [key, null])), 50);
        await expectAsFresh(life);
      }),
      { numRuns: 15 },
    );
  });

  it('take no more changed rows than they may, but for one object’s slice', async () => {
    const life = new Life();
    const file = (from: number) =>
      rowsOf(Array.from({ length: 4 }, (_, n) => person.declareRecord({ id: `p${from + n}`, v: 0 })));
    await life.apply(
      new Map([
        ['v', file(0)],
        ['w', file(4)],
        ['x', file(8)],
      ]),
      8,
    );
    expect(life.batches).toBe(2);
    await life.apply(new Map([['v', file(20)]]), 3); // 8 changed rows
    expect(life.batches).toBe(2 + 3);
    await expectAsFresh(life);
  });

  it.each([false, true])(
    'write no more bytes than they may, but for one row that is larger; spooled: %s',
    async spools => {
      const large = (from: number, count: number, kilobytes: number) =>
        rowsOf(
          Array.from({ length: count }, (_, n) =>
            person.declareRecord({ id: `p${from + n}`, v: 0, text: 'x'.repeat(1000 * kilobytes) }),
          ),
        );
      const life = new Life(spools);
      life.maxBytes = 100_000; // six rows of 10,000 characters
      await life.apply(
        new Map([
          ['v', large(0, 20, 10)],
          ['w', large(20, 20, 10)],
          ['x', large(40, 3, 200)],
        ]),
      );
      const oversized = life.written.filter(bytes => bytes > life.maxBytes);
      expect([life.written.length, oversized.length]).toEqual([4 + 4 + 3, 3]);
      await expectAsFresh(life);
      // Rows that go write nothing, and of those that stay only what changed counts.
      await life.apply(
        new Map([
          ['v', large(0, 10, 10)],
          ['w', null],
        ]),
      );
      expect(life.written.length).toBe(spools ? 13 : 12);
      await expectAsFresh(life);
    },
  );

  it.each([false, true])(
    'bring a table no more new names than one file may, however many files there are; spooled: %s',
    async spools => {
      const names = (file: number) => Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`f${file}_${n}`, 1]));
      const life = new Life(spools);
      const files = [0, 1, 2, 3, 4, 5].map((file): [string, Rows] => {
        return [`v${file}`, rowsOf([person.declareRecord({ id: `p${file}`, v: 0, ...names(file) })])];
      });
      await life.apply(new Map(files));
      // Of 500 names two files bring 402.
      expect(life.batches).toBe(spools ? 6 : 3);
      await expectAsFresh(life);
    },
  );

  it('change nothing for a file that says the same', async () => {
    const life = new Life();
    const rows = rowsOf([person.declareRecord({ id: 'a', v: 0 })]);
    await life.apply(new Map([['v', rows]]));
    const { rootHash, nodes } = life;
    const stored = nodes.stored.size;
    const before = new Map(life.graph.nodes);
    await life.apply(new Map([['v', rows]]));
    expect([life.rootHash, nodes.stored.size]).toEqual([rootHash, stored]);
    expect(life.graph.nodes).toEqual(before);
  });

  it('write again the rows that the graph lost, and leave the root as it is', async () => {
    const life = new Life();
    const row = person.declareRecord({ id: 'a', v: 1 });
    await life.apply(
      new Map([
        ['v', rowsOf([row])],
        ['w', rowsOf([person.declareRecord({ id: 'a', v: 0 })])],
      ]),
    );
    const { rootHash } = life;
    life.graph.nodes.clear();
    await life.apply(new Map(), 10, [{ table: row.table, row: row.row }]);
    expect(life.rootHash).toBe(rootHash);
    await expectAsFresh(life);
  });

  it('note the same of a file of which only what differs was read, in the batch that changes it', async () => {
    const { life, old, load } = await contested();
    const stage = new NodeStage({ load, remember: () => {} });
    const entry = decodeObject((await lookup(stage, life.root.objects, [objectId('v')])).get(objectId('v')) as string);
    const rows = rowsOf([person.declareRecord({ id: 'b', v: 1 })]);
    const version = { ...versionOf(rows, false), since: { manifest: entry.manifest, gone: new Set<string>() } };
    const batch = await prepareBatch(stage, {
      root: life.root,
      tables,
      changes: [
        { key: 'v', version },
        { key: 'w', version: null },
      ],
      restore: [],
      maxRows: 10,
      runnersUp: new Map([[objectId('v'), new Map([[old.row, null]])]]),
    });
    if (batch.kind !== 'ready') return expect.unreachable();
    expect(batch.edits.map(({ key }) => key)).toEqual(['v', 'w']);
    // Done, but to be looked at again.
    expect(batch.edits[0]).toMatchObject({ complete: true, after: { source: '', rows: 2 } });
    const tracked = await lookup(stage, batch.root.objects, [objectId('v')]);
    expect(decodeObject(tracked.get(objectId('v')) as string)).toEqual(batch.edits[0]?.after);
  });

  it('note that a winner can’t give its values, so that the next look at its file writes them', async () => {
    const { life, old, load } = await contested();
    const input = {
      root: life.root,
      tables,
      changes: [{ key: 'w', version: null }],
      restore: [],
      maxRows: 10,
      runnersUp: new Map([[objectId('v'), new Map([[old.row, null]])]]),
    };
    const batch = await prepareBatch(new NodeStage({ load, remember: () => {} }), input);
    if (batch.kind !== 'ready') return expect.unreachable();
    expect([...batch.plan.nodes.values()].flatMap(({ upserts, deletes }) => [...upserts, ...deletes])).toEqual([]);
    const kept = batch.edits.find(({ key }) => key === 'v');
    expect(kept).toMatchObject({ complete: false, after: { source: '', rows: 1 } });
    for (const node of [...batch.nodes, batch.rootNode]) if (node !== null) life.nodes.put(node);
    Object.assign(life, { root: batch.root, rootHash: batch.rootHash });
    life.files.delete('w');
    await life.apply(new Map([['v', rowsOf([old])]]));
    await expectAsFresh(life);
  });
});

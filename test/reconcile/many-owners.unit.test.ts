/** Promise: when the newest of many files that declare the same rows goes, each row has the next one's values, in bounded memory. */
import { expect, it } from 'vitest';
import { applied } from '../../lib/definition/applied-table.ts';
import { prepareBatch } from '../../lib/reconcile/batch.ts';
import { encodeManifestRow } from '../../lib/state/manifest-row.ts';
import { NodeStage } from '../../lib/state/node-stage.ts';
import { encodeObject, objectId } from '../../lib/state/object-entry.ts';
import { decodeOwners, encodeOwners } from '../../lib/state/owners.ts';
import type { Root } from '../../lib/state/root.ts';
import { buildTree, lookup } from '../../lib/state/tree.ts';
import { decodeNode } from '../../lib/state/tree-node.ts';
import { MemoryNodes } from '../state/memory-nodes.ts';
import { person, tables } from './life.ts';

/** 120,000 owners of rows in all: more than are looked at together. */
const FILES = Array.from({ length: 300 }, (_, n) => `day-${String(n).padStart(3, '0')}`);
const ROWS = Array.from({ length: 400 }, (_, n) => person.declareRecord({ id: `p${n}`, v: 0 }));

it('each row goes to the file before', async () => {
  const nodes = new MemoryNodes();
  const manifest = buildTree(nodes, new Map(ROWS.map(row => [row.row, encodeManifestRow(row)])));
  const entry = { etag: '', contentType: '', contentEncoding: '', size: 1, source: 's', manifest, rows: ROWS.length };
  const [id, table] = [...tables].find(([, { kind }]) => kind === 'node') ?? [];
  if (id === undefined || table === undefined) throw new Error('no node table');
  const version = ROWS[0]?.version ?? '';
  const owners = encodeOwners({
    winner: { id: objectId('day-299'), version },
    count: FILES.length,
    rest: null,
    tree: buildTree(nodes, new Map(FILES.map(key => [objectId(key), version]))),
  });
  const rows = buildTree(nodes, new Map(ROWS.map(({ row }) => [row, owners])));
  const root: Root = {
    tables: new Map([[id, { table: applied(table, undefined), rows }]]),
    objects: buildTree(nodes, new Map(FILES.map(key => [objectId(key), encodeObject({ ...entry, key })]))),
  } as never;
  const load = async (hashes: readonly string[]) =>
    new Map(hashes.map(hash => [hash, decodeNode(nodes.stored.get(hash) as string)]));
  const stage = new NodeStage({ load, remember: () => {} });
  const changes = [{ key: 'day-299', version: null }];
  const batch = await prepareBatch(stage, {
    root,
    tables,
    changes,
    runnersUp: new Map(),
    restore: [],
    maxRows: 20_000,
  });
  if (batch.kind !== 'ready') throw new Error(batch.kind);
  const after = await lookup(
    stage,
    batch.root.tables.get(id)?.rows ?? '',
    ROWS.map(({ row }) => row),
  );
  expect(after.size).toBe(ROWS.length);
  for (const text of after.values())
    expect(decodeOwners(text)).toMatchObject({ winner: { id: objectId('day-298'), version }, count: 299 });
  // All of them say the same: nothing is written to the graph.
  expect([...batch.plan.nodes.values()].flatMap(({ upserts, deletes }) => [...upserts, ...deletes])).toEqual([]);
});

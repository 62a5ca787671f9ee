import pMap from 'p-map';
import type { AppliedTable } from '../definition/applied-table.ts';
import { edgesFirst, type GraphDefinition, tableId } from '../definition/definition.ts';
import { MAINTENANCE_ROWS } from '../neo4j/statements/statement.ts';
import { type Batch, batchOf } from '../reconcile/batch.ts';
import type { ObjectEdit, RowChange } from '../reconcile/object-diff.ts';
import { listOwners, ownersAfter } from '../reconcile/owner-lists.ts';
import { decodeManifestRow } from '../state/manifest-row.ts';
import type { NodeStage } from '../state/node-stage.ts';
import { decodeObject } from '../state/object-entry.ts';
import { decodeOwners } from '../state/owners.ts';
import type { Root, TableState } from '../state/root.ts';
import { editTree, lookup, scan } from '../state/tree.ts';
import { batchStatements } from './claimed-statements.ts';
import type { CommittingScope } from './commit-move.ts';
import { renewalOf } from './lease.ts';
import { moveRoot } from './maintenance.ts';
import type { Ready } from './ready.ts';

/** How far {@link dropTables} got. */
export interface Dropped {
  readonly ready: Ready;
  readonly root: Root;
  /** Rows deleted. */
  readonly rows: number;
  /** Whether nothing is left. */
  readonly done: boolean;
}

/** Which tables a definition doesn't have. With another primary key it is another table. */
export function undeclaredBy({ tables }: GraphDefinition): (table: AppliedTable) => boolean {
  const declared = new Set(tables.map(tableId));
  return table => !declared.has(tableId(table));
}

/**
 * Deletes all tracked rows of some tables, from graph and tracked state alike, a bounded transaction at a time: tables that
 * the definition no longer has, or has with another primary key. The objects that declared them lose them from their
 * manifests and count as not looked at by their source, so a definition that has the tables again gets the rows again.
 *
 * @param gone the tables, of those that the root has
 * @param deadline ms since 1970: no transaction but the first begins later
 */
export async function dropTables(
  scope: CommittingScope,
  start: Ready,
  from: Root,
  gone: (table: AppliedTable) => boolean,
  deadline = Number.POSITIVE_INFINITY,
): Promise<Dropped> {
  let [ready, root, rows] = [start, from, 0];
  for (let transactions = 0; ; transactions += 1) {
    if (nextGone(root, gone) === undefined) return { ready, root, rows, done: true };
    if (transactions > 0 && Date.now() >= deadline) return { ready, root, rows, done: false };
    await scope.head.renew(ready.epoch, scope.limits.leaseMs);
    const stage = scope.nodes.stage(renewalOf(scope, ready));
    const drop = await nextDrop(stage, root, gone);
    if (drop === null) return { ready, root, rows, done: true };
    const { batch, count } = drop;
    const nodes = batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode];
    const statements = await batchStatements(scope, batch, { tolerant: true });
    ready = await moveRoot(scope, ready, { next: batch.rootHash, nodes, statements });
    stage.remember(batch.nodes);
    root = batch.root;
    rows += count;
  }
}

/** Prepares the next transaction of {@link dropTables}; null: nothing is left. Reads only. */
export async function nextDrop(
  stage: NodeStage,
  root: Root,
  gone: (table: AppliedTable) => boolean,
): Promise<{ readonly batch: Batch; readonly count: number } | null> {
  const state = nextGone(root, gone);
  if (state === undefined) return null;
  const { edits, count } = await editsWithout(stage, root, state);
  const batch = await batchOf(stage, { root, tables: new Map(), restore: [], runnersUp: new Map() }, edits);
  // No row changes hands, it goes with all its owners: so no values of another object are needed.
  if (batch.kind === 'blocked')
    throw new RangeError(`rows of ${tableId(state.table)} have owners that don't declare them`);
  return { batch, count };
}

function nextGone(root: Root, gone: (table: AppliedTable) => boolean): TableState | undefined {
  const left = [...root.tables.values()].map(({ table }) => table).filter(gone);
  return root.tables.get(edgesFirst(left).map(tableId)[0] ?? '');
}

/** Takes the next rows of a table from all objects that declare them; a row counts once for each. */
async function editsWithout(
  stage: NodeStage,
  root: Root,
  { table, rows }: TableState,
): Promise<{ readonly edits: ObjectEdit[]; readonly count: number }> {
  const byOwner = new Map<string, string[]>();
  let [declared, count] = [0, 0];
  for await (const page of scan(stage, rows)) {
    for (const [row, text] of page) {
      const owners = decodeOwners(text);
      if (count > 0 && declared + owners.count > MAINTENANCE_ROWS) break;
      for (const { id } of ownersAfter(owners, new Map(), await listOwners(stage, [owners]))) putIn(byOwner, id, row);
      declared += owners.count;
      count += 1;
    }
    if (declared >= MAINTENANCE_ROWS) break;
  }
  const entries = await lookup(stage, root.objects, [...byOwner.keys()]);
  const edits = await pMap(
    entries,
    ([id, text]) => editWithout(stage, tableId(table), id, text, byOwner.get(id) ?? []),
    {
      concurrency: 16,
    },
  );
  return { edits, count };
}

async function editWithout(
  stage: NodeStage,
  table: string,
  id: string,
  text: string,
  rows: readonly string[],
): Promise<ObjectEdit> {
  const before = decodeObject(text);
  const found = await lookup(stage, before.manifest, rows);
  const manifest = await editTree(stage, before.manifest, new Map([...found.keys()].map(row => [row, null])));
  const changes = [...found].map(([row, had]): [string, RowChange] => [
    row,
    { table, before: decodeManifestRow(had), after: undefined },
  ]);
  const after = { ...before, manifest, rows: before.rows - found.size, source: '' };
  return { id, key: before.key, before, after, rows: new Map(changes), declarations: new Map(), complete: false };
}

function putIn(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

import pMap from 'p-map';
import { batchOf } from './batch.ts';
import type { AppliedTable } from './graph/applied-table.ts';
import { edgesFirst, type GraphDefinition, tableId } from './graph/definition.ts';
import type { Lease } from './lease.ts';
import { type Maintained, moveRoot } from './maintain.ts';
import { statementsOf } from './neo4j/batch-statements.ts';
import type { ObjectEdit, RowChange } from './object-edit.ts';
import { NodeStage } from './state/node-stage.ts';
import { decodeObject } from './state/object-entry.ts';
import { decodeOwners } from './state/owners.ts';
import type { Root, TableState } from './state/root.ts';
import { editTree, lookup, scan } from './state/tree.ts';

/** Rows that one transaction deletes, counted once for each object that declares them: 3 to 7 KB of server memory each. */
const ROWS_PER_TRANSACTION = 10_000;

/** How far {@link dropTables} got. */
export interface Dropped {
  readonly lease: Lease;
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
  scope: Maintained,
  start: Lease,
  from: Root,
  gone: (table: AppliedTable) => boolean,
  deadline = Number.POSITIVE_INFINITY,
): Promise<Dropped> {
  let [lease, root, rows] = [start, from, 0];
  for (let transactions = 0; ; transactions += 1) {
    const left = [...root.tables.values()].map(({ table }) => table).filter(gone);
    const state = root.tables.get(edgesFirst(left).map(tableId)[0] ?? '');
    if (state === undefined) return { lease, root, rows, done: true };
    if (transactions > 0 && Date.now() >= deadline) return { lease, root, rows, done: false };
    await scope.head.renew(lease.epoch, scope.limits.leaseMs);
    const stage = new NodeStage(scope.cache, scope.nodes);
    const { edits, count } = await editsWithout(stage, root, state);
    const batch = await batchOf(stage, { root, tables: new Map(), restore: [], survivors: new Map() }, edits);
    // No row changes hands, it goes with all its owners: so no values of another object are needed.
    if (batch.kind === 'blocked')
      throw new RangeError(`rows of ${tableId(state.table)} have owners that don't declare them`);
    const nodes = batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode];
    // Nor are any written, vectors or others.
    const statements = statementsOf(batch.plan, batch.tables, true, 'typed');
    lease = await moveRoot(scope, lease, batch.rootHash, nodes, statements);
    stage.remember(batch.nodes);
    root = batch.root;
    rows += count;
  }
}

/** Takes the next rows of a table from all objects that declare them. */
async function editsWithout(
  stage: NodeStage,
  root: Root,
  { rows }: TableState,
): Promise<{ readonly edits: ObjectEdit[]; readonly count: number }> {
  const byOwner = new Map<string, string[]>();
  let [declared, count] = [0, 0];
  for await (const page of scan(stage, rows)) {
    for (const [row, text] of page) {
      const owners = decodeOwners(text);
      if (count > 0 && declared + owners.count > ROWS_PER_TRANSACTION) break;
      const ids = owners.tree === null ? [owners.winner, ...(owners.rest ?? [])].map(({ id }) => id) : [];
      if (owners.tree !== null)
        for await (const entries of scan(stage, owners.tree)) ids.push(...entries.map(([id]) => id));
      for (const id of ids) putIn(byOwner, id, row);
      declared += owners.count;
      count += 1;
    }
    if (declared >= ROWS_PER_TRANSACTION) break;
  }
  const entries = await lookup(stage, root.objects, [...byOwner.keys()]);
  const edits = await pMap(entries, ([id, text]) => editWithout(stage, id, text, byOwner.get(id) ?? []), {
    concurrency: 16,
  });
  return { edits, count };
}

async function editWithout(stage: NodeStage, id: string, text: string, rows: readonly string[]): Promise<ObjectEdit> {
  const before = decodeObject(text);
  const found = await lookup(stage, before.manifest, rows);
  const manifest = await editTree(stage, before.manifest, new Map([...found.keys()].map(row => [row, null])));
  const changes = [...found].map(([row, had]): [string, RowChange] => [
    row,
    { before: had, after: undefined, declaration: undefined },
  ]);
  const after = { ...before, manifest, rows: before.rows - found.size, source: '' };
  return { id, key: before.key, before, after, rows: new Map(changes), declarations: new Map(), complete: false };
}

function putIn(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

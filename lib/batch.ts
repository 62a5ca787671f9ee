import { type AppliedTable, applied } from './graph/applied-table.ts';
import { keyedRow } from './graph/declaration.ts';
import { endpointTableId, type TableDefinition, tableId } from './graph/definition.ts';
import type { KeyValue } from './graph/value.ts';
import { changesState, editObject, type ObjectChange, type ObjectEdit } from './object-edit.ts';
import { changeOwnership, type OwnershipChange, type SurvivorRows, type TouchedRow } from './ownership.ts';
import { type NodeWrites, type Plan, planWrites } from './reconcile/plan.ts';
import { decodeManifestRow, tableTag } from './state/manifest-row.ts';
import type { NodeStage } from './state/node-stage.ts';
import { decodeObject, encodeObject, objectId } from './state/object-entry.ts';
import { encodeRoot, type Root, type TableState, treesOf } from './state/root.ts';
import { EMPTY, editTree, lookup } from './state/tree.ts';
import type { StoredNode } from './state/tree-node.ts';

export interface BatchInput {
  readonly root: Root;
  /** Tables of the flow, by table id. */
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** What shall be tracked, in the order in which it is taken. */
  readonly changes: readonly ObjectChange[];
  readonly survivors: SurvivorRows;
  /** Declared rows that the graph lost: written again besides. */
  readonly restore: readonly RestoredRow[];
  /** Changed rows that one transaction may apply. */
  readonly maxRows: number;
}

export interface RestoredRow {
  readonly table: string;
  readonly row: string;
}

/** A batch that is ready to be committed. */
export interface Batch {
  readonly kind: 'ready';
  readonly plan: Plan;
  /** Tables of the plan. */
  readonly tables: ReadonlyMap<string, AppliedTable>;
  readonly root: Root;
  readonly rootHash: string;
  /** New tree nodes, to be stored before the commit. */
  readonly nodes: readonly StoredNode[];
  /** The new root as it is stored; null: the empty root, which needs no item. */
  readonly rootNode: StoredNode | null;
  readonly edits: readonly ObjectEdit[];
}

/** A batch that needs values of objects outside it first. */
export interface BlockedBatch {
  readonly kind: 'blocked';
  readonly missing: OwnershipChange['missing'];
}

/**
 * Computes what one transaction does and the tracked state it leads to, from as many of the changes as fit. Reads tree nodes
 * (through `stage`) and writes nothing.
 */
export async function prepareBatch(stage: NodeStage, input: BatchInput): Promise<Batch | BlockedBatch> {
  return await batchOf(stage, input, await takeEdits(stage, input));
}

/** The same for edits that are known already. */
export async function batchOf(
  stage: NodeStage,
  input: Pick<BatchInput, 'root' | 'tables' | 'restore' | 'survivors'>,
  edits: readonly ObjectEdit[],
): Promise<Batch | BlockedBatch> {
  const { root } = input;
  const definitions = knownTables(root, input.tables);
  const ownership = await changeOwnership(
    stage,
    root,
    edits,
    touchedRows(edits, input.restore, definitions),
    input.survivors,
  );
  if (ownership.missing.size > 0) return { kind: 'blocked', missing: ownership.missing };

  const tables = new Map<string, TableState>(root.tables);
  for (const [id, owners] of ownership.owners) {
    const rows = await editTree(stage, root.tables.get(id)?.rows ?? EMPTY, owners);
    const table = definitions.get(id) as AppliedTable;
    if (rows === EMPTY) tables.delete(id);
    else tables.set(id, { table, rows });
  }
  // All of them, whatever the batch touches: the root must not tell which objects came last.
  for (const [id, { rows }] of tables) tables.set(id, { table: definitions.get(id) as AppliedTable, rows });
  const entries = edits
    .filter(changesState)
    .map(({ id, after }): [string, string | null] => [id, after === null ? null : encodeObject(after)]);
  const next: Root = { tables, objects: await editTree(stage, root.objects, new Map(entries)) };
  const stored = encodeRoot(next);
  const plan = planWrites(ownership.transitions, definitions);
  for (const [id, writes] of plan.nodes) await keepDeclared(stage, id, tables.get(id), writes);
  return {
    kind: 'ready',
    plan,
    tables: definitions,
    root: next,
    rootHash: stored?.hash ?? EMPTY,
    nodes: stage.needed(newTrees(next, edits, ownership)),
    rootNode: stored,
    edits,
  };
}

/** Which of some keys of a node table objects declare, by the rows tree of a root. */
export async function declaredKeys(
  stage: NodeStage,
  table: string,
  state: TableState | undefined,
  keys: readonly KeyValue[],
): Promise<Set<KeyValue>> {
  const byRow = new Map(keys.map(key => [keyedRow(table, key), key]));
  const found = await lookup(stage, state?.rows ?? EMPTY, [...byRow.keys()]);
  return new Set([...found.keys()].map(row => byRow.get(row) as KeyValue));
}

async function takeEdits(stage: NodeStage, input: BatchInput): Promise<ObjectEdit[]> {
  const ids = input.changes.map(({ key }) => objectId(key));
  const before = await lookup(stage, input.root.objects, ids);
  const edits: ObjectEdit[] = [];
  const lost = new Set(input.restore.map(({ row }) => row));
  let room = input.maxRows;
  for (const [index, change] of input.changes.entries()) {
    const text = before.get(ids[index] as string);
    const edit = await editObject(stage, text === undefined ? undefined : decodeObject(text), change, room, lost);
    // A slice stands alone: it is cut to the whole limit, not to what another object left of it.
    if (!edit.complete && edits.length > 0) break;
    edits.push(edit);
    room -= edit.rows.size;
    if (room <= 0 || !edit.complete) break;
  }
  return edits;
}

function touchedRows(
  edits: readonly ObjectEdit[],
  restore: readonly RestoredRow[],
  tables: ReadonlyMap<string, AppliedTable>,
): TouchedRow[] {
  const byTag = new Map([...tables.keys()].map(id => [tableTag(id), id]));
  const touched = new Map<string, TouchedRow & { changes: Map<string, ObjectEdit> }>();
  for (const { table, row } of restore) touched.set(row, { table, row, changes: new Map(), restore: true });
  for (const edit of edits) {
    for (const [row, { before, after }] of edit.rows) {
      const present = touched.get(row);
      if (present !== undefined) {
        present.changes.set(edit.id, edit);
        continue;
      }
      const table = byTag.get(decodeManifestRow((after ?? before) as string).tag);
      if (table === undefined) throw new RangeError(`the manifest of ${edit.key} has a row of a table nobody knows`);
      touched.set(row, { table, row, changes: new Map([[edit.id, edit]]), restore: false });
    }
  }
  return [...touched.values()];
}

/** The tables of the root, as applied, and those of the flow, as they will be. */
export function knownTables(root: Root, flow: ReadonlyMap<string, TableDefinition>): Map<string, AppliedTable> {
  const known = new Map<string, AppliedTable>();
  for (const [id, { table }] of root.tables) known.set(id, table);
  for (const definition of flow.values()) {
    const id = tableId(definition);
    known.set(id, applied(definition, known.get(id)));
  }
  for (const table of [...known.values()]) {
    if (table.kind !== 'relation') continue;
    // Edges may join labels that no table of the flow declares any more.
    for (const end of [table.from, table.to]) {
      const id = endpointTableId(end);
      if (!known.has(id)) known.set(id, { kind: 'node', ...end, columns: [] });
    }
  }
  return known;
}

/** Leaves only those endpoints as abandoned that nothing declares. */
async function keepDeclared(
  stage: NodeStage,
  table: string,
  state: TableState | undefined,
  writes: NodeWrites,
): Promise<void> {
  const declared = await declaredKeys(stage, table, state, writes.abandoned);
  const abandoned = writes.abandoned.filter(key => !declared.has(key));
  writes.abandoned.splice(0, writes.abandoned.length, ...abandoned);
}

/** Roots of all trees that a batch may have made nodes of. */
function newTrees(next: Root, edits: readonly ObjectEdit[], { owners }: OwnershipChange): string[] {
  const roots = treesOf(next);
  for (const { after } of edits) if (after !== null) roots.push(after.manifest);
  for (const lists of owners.values()) {
    for (const text of lists.values()) {
      if (text?.startsWith('{')) roots.push((JSON.parse(text) as { tree: string }).tree);
    }
  }
  return roots;
}

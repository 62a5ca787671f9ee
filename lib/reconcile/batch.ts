import type { AppliedTable } from '../definition/applied-table.ts';
import { keyedRow } from '../definition/declaration.ts';
import type { TableDefinition } from '../definition/definition.ts';
import { tableTag } from '../definition/table-tag.ts';
import { encodeManifestRow, UNKNOWN_VALUES } from '../state/manifest-row.ts';
import type { NodeStage } from '../state/node-stage.ts';
import { decodeObject, encodeObject, type ObjectEntry, objectId } from '../state/object-entry.ts';
import { decodeOwners } from '../state/owners.ts';
import { encodeRoot, type Root, type TableState, treesOf } from '../state/root.ts';
import { EMPTY, editTree, lookup } from '../state/tree.ts';
import type { StoredNode } from '../state/tree-node.ts';
import type { KeyValue } from '../values/value.ts';
import { isAbsent } from '../values/version.ts';
import { SmallMap } from './by-object.ts';
import { knownTables } from './known-tables.ts';
import { changesState, editObject, type ObjectChange, type ObjectEdit, type RowChange } from './object-diff.ts';
import { changeOwnership, type OwnershipChange, type RunnerUpRows, type TouchedRow } from './ownership.ts';
import { type NodeWrites, type Plan, planWrites } from './plan.ts';
import { Room } from './room.ts';
import { followsOn } from './since-diff.ts';

export interface BatchInput {
  readonly root: Root;
  /** Tables of the flow, by table id. */
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** Objects to track or forget, in the order in which they are taken. */
  readonly changes: readonly ObjectChange[];
  readonly runnersUp: RunnerUpRows;
  /** Declared rows that the graph lost: written again as well. */
  readonly restore: readonly RestoredRow[];
  /** Changed rows that one transaction may apply. */
  readonly maxRows: number;
  /** Bytes of their values, about. Default: any number. */
  readonly maxBytes?: number;
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
  /** Keys of objects of which only what differs was read, and from a version that isn't the tracked one any more. */
  readonly outdated: readonly string[];
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
  const { edits, outdated } = await takeEdits(stage, input);
  const batch = await batchOf(stage, input, edits);
  return batch.kind === 'ready' ? { ...batch, outdated } : batch;
}

/** The same for edits that are known already. */
export async function batchOf(
  stage: NodeStage,
  input: Pick<BatchInput, 'root' | 'tables' | 'restore' | 'runnersUp'>,
  given: readonly ObjectEdit[],
): Promise<Batch | BlockedBatch> {
  const { root } = input;
  const definitions = knownTables(root, input.tables);
  const touched = touchedRows(given, input.restore);
  const ownership = await changeOwnership(stage, root, given, touched, input.runnersUp);
  if (ownership.missing.size > 0) return { kind: 'blocked', missing: ownership.missing };
  const kept = await editsOfKept(stage, ownership);
  // Of an object of which only what differs was read, the batch may touch rows that it doesn't have: it is done, and looked at again.
  const edits = given.map(edit => {
    const after = kept.get(edit.id)?.after;
    kept.delete(edit.id);
    return after === undefined ? edit : { ...edit, after };
  });
  edits.push(...kept.values());

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
    outdated: [],
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
  const present = [...found].filter(([, owners]) => !isAbsent(decodeOwners(owners).winner.version));
  return new Set(present.map(([row]) => byRow.get(row) as KeyValue));
}

async function takeEdits(
  stage: NodeStage,
  input: BatchInput,
): Promise<{ readonly edits: readonly ObjectEdit[]; readonly outdated: readonly string[] }> {
  const ids = input.changes.map(({ key }) => objectId(key));
  const before = await lookup(stage, input.root.objects, ids);
  const edits: ObjectEdit[] = [];
  const outdated: string[] = [];
  const byTag = new Map([...knownTables(input.root, input.tables).keys()].map(id => [tableTag(id), id]));
  const tableOf = (tag: string): string => {
    const table = byTag.get(tag);
    if (table === undefined)
      throw new RangeError(`a manifest has a row of table ${tag}, which neither root nor flow has`);
    return table;
  };
  const lost = new Set(input.restore.map(({ row }) => row));
  const room = new Room(input.maxRows, input.maxBytes ?? Number.POSITIVE_INFINITY, input.tables);
  const entries = ids.map(id => {
    const text = before.get(id);
    return text === undefined ? undefined : decodeObject(text);
  });
  for (const [index, change] of input.changes.entries()) {
    if (standsAlone(change) && edits.length > 0) break;
    // Together: thousands of small objects, one after another, would outlast the lease.
    if (index % MANIFESTS_AT_ONCE === 0) await stage.load(manifestsOf(entries.slice(index, index + MANIFESTS_AT_ONCE)));
    if (!followsOn(change.version, entries[index]?.manifest)) {
      outdated.push(change.key);
      continue;
    }
    const edit = await editObject(stage, tableOf, entries[index], change, room, lost);
    // A slice stands alone: it is cut to the whole limit, not to what another object left of it.
    if (!edit.complete && edits.length > 0) break;
    edits.push(edit);
    if (room.isFull || !edit.complete || standsAlone(change)) break;
  }
  return { edits, outdated };
}

/** Whether values of rows that other objects touch aren't at hand, of so many that they shouldn't be read again. */
function standsAlone({ version }: ObjectChange): boolean {
  return version?.spooled !== undefined;
}

/** Manifests whose first nodes are fetched together, into the cache. */
const MANIFESTS_AT_ONCE = 100;

function manifestsOf(entries: readonly (ObjectEntry | undefined)[]): string[] {
  return [...new Set(entries.flatMap(entry => entry?.manifest || []))];
}

function touchedRows(edits: readonly ObjectEdit[], restore: readonly RestoredRow[]): TouchedRow[] {
  const touched = new Map<string, TouchedRow & { changes: SmallMap<RowChange> }>();
  for (const { table, row } of restore) touched.set(row, { table, row, changes: new SmallMap(), restore: true });
  for (const edit of edits) {
    for (const [row, change] of edit.rows) {
      let present = touched.get(row);
      if (present === undefined) {
        present = { table: change.table, row, changes: new SmallMap(), restore: false };
        touched.set(row, present);
      }
      present.changes.set(edit.id, change);
    }
  }
  return [...touched.values()];
}

/**
 * Notes in manifests what a batch leaves of rows whose winner can't give their values: the ends that the graph has (none where it
 * lacks the edge: then the next look makes it, and no deletion expects it), and that the values aren't known. The objects count as
 * not looked at, so the next look at them writes the rows again.
 */
async function editsOfKept(stage: NodeStage, { kept }: OwnershipChange): Promise<Map<string, ObjectEdit>> {
  const edits = await Promise.all(
    [...kept].map(async ([id, { entry, rows }]): Promise<ObjectEdit> => {
      const texts = [...rows].map(([row, known]): [string, string] => {
        return [row, encodeManifestRow({ ...known, fingerprint: UNKNOWN_VALUES })];
      });
      const after = { ...entry, manifest: await editTree(stage, entry.manifest, new Map(texts)), source: '' };
      return { id, key: entry.key, before: entry, after, rows: new Map(), declarations: new Map(), complete: false };
    }),
  );
  return new Map(edits.map(edit => [edit.id, edit]));
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
function newTrees(next: Root, edits: readonly ObjectEdit[], { ownerTrees }: OwnershipChange): string[] {
  const manifests = edits.flatMap(({ after }) => after?.manifest ?? []);
  return [...treesOf(next), ...manifests, ...ownerTrees];
}

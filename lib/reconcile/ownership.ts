import type { Declaration } from '../definition/declaration.ts';
import { decodeManifestRow, isUnknown } from '../state/manifest-row.ts';
import { decodeObject, type ObjectEntry } from '../state/object-entry.ts';
import { decodeOwners, type Owner, type Owners } from '../state/owners.ts';
import type { Root } from '../state/root.ts';
import { EMPTY, lookup, type Nodes } from '../state/tree.ts';
import { isAbsent } from '../values/version.ts';
import type { ByObject } from './by-object.ts';
import { contestOf } from './contest.ts';
import type { ObjectEdit, RowChange } from './object-diff.ts';
import { isKeptInTree, listOwners, nextInPlace, nextInTree, ownersAfter } from './owner-lists.ts';
import type { GraphRow, Transition } from './plan.ts';
import { type Candidate, winnerOf } from './winner.ts';

/** A row that a batch touches, and what each object of the batch does to it, by object id. */
export interface TouchedRow {
  readonly table: string;
  readonly row: string;
  readonly changes: ByObject<RowChange>;
  /** True: the graph lost the row, so it is written whatever the state says. */
  readonly restore: boolean;
}

/** How a batch changes the owners of rows. */
export interface OwnershipChange {
  readonly transitions: Transition[];
  /** New owner lists by table and row; null: no object declares the row any more. */
  readonly owners: Map<string, Map<string, string | null>>;
  /** Roots of the trees that such lists are kept in. */
  readonly ownerTrees: string[];
  /** Rows whose values must come from objects outside the batch and are not at hand, by object id. */
  readonly missing: Map<string, { readonly entry: ObjectEntry; readonly rows: Set<string> }>;
  /** Rows that a winner outside the batch can't give values for: the graph keeps what it has, which is told here. */
  readonly kept: Map<string, { readonly entry: ObjectEntry; readonly rows: Map<string, KeptRow> }>;
}

/** A row with its table; of an edge that the graph lacks, without ends. */
export interface KeptRow extends Pick<GraphRow, 'key' | 'ends'> {
  readonly table: string;
}

/**
 * Rows of objects outside the batch that were read again: object id -> row -> declaration; null: the values can't be had, the
 * graph keeps those it has.
 */
export type RunnerUpRows = ReadonlyMap<string, ReadonlyMap<string, Declaration | null>>;

/** Owners that are in memory at once, about: all versions of a daily export may declare every row of a batch. */
const OWNERS_AT_ONCE = 100_000;

interface ContestedRow {
  readonly touched: TouchedRow;
  readonly before: Owners | undefined;
  /** Owners afterwards. */
  readonly count: number;
  /** Owners that may win; null: any of them. */
  readonly few: readonly Owner[] | null;
  /** The owner whose values the row has afterwards; undefined until it is decided, or if there is none. */
  winner: Owner | undefined;
}

/** Finds the next owners and winner of each touched row. Reads only what deciding it takes. */
export async function changeOwnership(
  nodes: Nodes,
  root: Root,
  edits: readonly ObjectEdit[],
  rows: readonly TouchedRow[],
  runnersUp: RunnerUpRows,
): Promise<OwnershipChange> {
  const before = await ownersOf(nodes, root, rows);
  const contested = rows.map(touched => contest(touched, before.get(touched.row)));
  const batch = new Map<string, ObjectName>(edits.map(edit => [edit.id, edit.after ?? edit]));
  const result: OwnershipChange = {
    transitions: [],
    owners: new Map(),
    ownerTrees: [],
    missing: new Map(),
    kept: new Map(),
  };
  for (const some of portionsOf(contested)) await decideOwners(nodes, root, batch, some, result);
  const winners: Owner[] = [];
  for (const { before: old, winner } of contested) {
    if (old !== undefined) winners.push(old.winner);
    if (winner !== undefined) winners.push(winner);
  }
  const objects = await objectsOf(nodes, root, batch, winners);
  const manifests = await manifestRows(nodes, objects, contested);
  const declared = new Map(edits.map(({ id, declarations }) => [id, declarations]));

  for (const { touched, winner, before: old } of contested) {
    const { table, row, restore } = touched;
    const had = isInGraph(old?.winner) ? graphRow(touched, old.winner.id, 'before', manifests) : undefined;
    const from = had === undefined || restore ? null : had;
    const to = isInGraph(winner) ? graphRow(touched, winner.id, 'after', manifests) : undefined;
    if (from?.fingerprint === to?.fingerprint && !isUnknown(to)) continue;
    if (!isInGraph(winner) || to === undefined) {
      result.transitions.push({ table, row, before: from, after: null });
      continue;
    }
    const after = declared.get(winner.id)?.get(row) ?? runnersUp.get(winner.id)?.get(row);
    const entry = objects.get(winner.id) as ObjectEntry;
    if (after === null) keep(result.kept, winner.id, entry, touched, had ?? { key: to.key });
    else if (after?.fingerprint === to.fingerprint) result.transitions.push({ table, row, before: from, after });
    else miss(result.missing, winner.id, entry, row);
  }
  return result;
}

/** Cuts rows into portions whose owner lists fit into memory together. Hardly a batch has more than one. */
function* portionsOf(rows: readonly ContestedRow[]): Generator<readonly ContestedRow[]> {
  let start = 0;
  let owners = 0;
  for (const [index, { few, count }] of rows.entries()) {
    const more = few?.length ?? count;
    if (index > start && owners + more > OWNERS_AT_ONCE) {
      yield rows.slice(start, index);
      start = index;
      owners = 0;
    }
    owners += more;
  }
  yield rows.slice(start);
}

/** Finds the winners of rows, and their next owner lists. */
async function decideOwners(
  nodes: Nodes,
  root: Root,
  batch: ReadonlyMap<string, ObjectName>,
  rows: readonly ContestedRow[],
  result: OwnershipChange,
): Promise<void> {
  const listed = await listOwners(
    nodes,
    rows.flatMap(({ before, few, count }) =>
      before !== undefined && (few === null || !isKeptInTree(count)) ? [before] : [],
    ),
  );
  const candidates = rows.map(({ few, before, touched }) => few ?? ownersAfter(before, touched.changes, listed));
  const rivals = candidates.filter(({ length }) => length > 1).flat();
  const objects = await objectsOf(nodes, root, batch, rivals);
  for (const [index, contested] of rows.entries()) {
    const winner = decide(candidates[index] ?? [], objects);
    const { touched, before, count } = contested;
    let next: string | null = null;
    // Hardly any row has so many owners, and a promise for each of the others costs more than all that is done here.
    if (isKeptInTree(count) && winner) {
      const { text, tree } = await nextInTree(nodes, before, winner, count, touched.changes, listed);
      result.ownerTrees.push(tree);
      next = text;
    } else if (winner) next = nextInPlace(before, winner, count, touched.changes, listed);
    // In place: a copy of each row costs more than the decision.
    contested.winner = winner;
    inner(result.owners, touched.table).set(touched.row, next);
  }
}

/** Whether a row is in the graph with an owner as its winner: one that declares it absent leaves none. */
function isInGraph(winner: Owner | undefined): winner is Owner {
  return winner !== undefined && !isAbsent(winner.version);
}

async function ownersOf(nodes: Nodes, root: Root, rows: readonly TouchedRow[]): Promise<Map<string, Owners>> {
  const byTable = new Map<string, string[]>();
  for (const { table, row } of rows) {
    const list = byTable.get(table);
    if (list === undefined) byTable.set(table, [row]);
    else list.push(row);
  }
  const owners = new Map<string, Owners>();
  for (const [table, keys] of byTable) {
    const found = await lookup(nodes, root.tables.get(table)?.rows ?? EMPTY, keys);
    for (const [row, text] of found) owners.set(row, decodeOwners(text));
  }
  return owners;
}

function contest(touched: TouchedRow, before: Owners | undefined): ContestedRow {
  let count = before?.count ?? 0;
  touched.changes.forEach(change => {
    count += Number(change.after !== undefined) - Number(change.before !== undefined);
  });
  const decided = contestOf(before?.winner, count, touched.changes);
  const few = decided.kind === 'nobody' ? [] : decided.kind === 'few' ? decided.owners : null;
  return { touched, before, count, few, winner: undefined };
}

/** An object of the batch, or outside it. */
type ObjectName = ObjectEntry | { readonly key: string };

/** The objects of a batch by id, and those outside it that own rows. */
async function objectsOf(
  nodes: Nodes,
  root: Root,
  batch: ReadonlyMap<string, ObjectName>,
  owners: readonly Owner[],
): Promise<Map<string, ObjectName>> {
  const objects = new Map(batch);
  const outside = new Set(owners.map(({ id }) => id).filter(id => !objects.has(id)));
  for (const [id, text] of await lookup(nodes, root.objects, [...outside])) objects.set(id, decodeObject(text));
  return objects;
}

function decide(
  candidates: readonly Owner[],
  objects: ReadonlyMap<string, { readonly key: string }>,
): Owner | undefined {
  if (candidates.length < 2) return candidates[0];
  return winnerOf(candidates.map((owner): Candidate => ({ ...owner, key: objects.get(owner.id)?.key ?? '' })));
}

type ManifestRows = ReadonlyMap<string, ReadonlyMap<string, GraphRow>>;

/** Manifest rows of winners before and after that the batch itself doesn't tell: object id -> row. */
async function manifestRows(
  nodes: Nodes,
  objects: ReadonlyMap<string, object>,
  rows: readonly ContestedRow[],
): Promise<ManifestRows> {
  const wanted = new Map<string, Set<string>>();
  for (const { touched, before, winner } of rows) {
    const { row, changes, restore } = touched;
    // A winner that stays and isn't in the batch changes nothing: what its manifest says doesn't matter.
    const [old, next] = [before?.winner.id, winner?.id];
    if (old === next && !restore) continue;
    if (old !== undefined && !changes.has(old)) wanted.set(old, (wanted.get(old) ?? new Set()).add(row));
    if (next !== undefined && !changes.has(next)) wanted.set(next, (wanted.get(next) ?? new Set()).add(row));
  }
  const found = new Map<string, Map<string, GraphRow>>();
  await Promise.all(
    [...wanted].map(async ([id, keys]) => {
      const { manifest } = objects.get(id) as ObjectEntry;
      const texts = await lookup(nodes, manifest, [...keys]);
      found.set(id, new Map([...texts].map(([row, text]) => [row, decodeManifestRow(text)])));
    }),
  );
  return found;
}

function graphRow(
  { row, changes }: TouchedRow,
  id: string,
  side: 'before' | 'after',
  manifests: ManifestRows,
): GraphRow | undefined {
  const change = changes.get(id);
  return change === undefined ? manifests.get(id)?.get(row) : change[side];
}

function keep(
  kept: OwnershipChange['kept'],
  id: string,
  entry: ObjectEntry,
  row: TouchedRow,
  has: Omit<KeptRow, 'table'>,
): void {
  const rows = kept.get(id)?.rows ?? new Map<string, KeptRow>();
  const { key, ends } = has;
  kept.set(id, { entry, rows: rows.set(row.row, { table: row.table, key, ...(ends && { ends }) }) });
}

function miss(missing: OwnershipChange['missing'], id: string, entry: ObjectEntry, row: string): void {
  const rows = missing.get(id)?.rows ?? new Set<string>();
  missing.set(id, { entry, rows: rows.add(row) });
}

function inner<V>(maps: Map<string, Map<string, V>>, outer: string): Map<string, V> {
  const map = maps.get(outer) ?? new Map<string, V>();
  maps.set(outer, map);
  return map;
}

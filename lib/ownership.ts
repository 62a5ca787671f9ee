import type { Declaration } from './graph/declaration.ts';
import type { ObjectEdit } from './object-edit.ts';
import { contestOf, type OwnerChanges } from './reconcile/contest.ts';
import type { Transition } from './reconcile/plan.ts';
import { type Candidate, winnerOf } from './reconcile/winner.ts';
import { decodeManifestRow } from './state/manifest-row.ts';
import { decodeObject, type ObjectEntry } from './state/object-entry.ts';
import { decodeOwners, encodeOwners, MAX_OWNERS_IN_PLACE, type Owner, type Owners } from './state/owners.ts';
import type { Root } from './state/root.ts';
import { buildTree, EMPTY, editTree, lookup, type Nodes, scan } from './state/tree.ts';

/** A row that a batch touches, and what each object of the batch does to it. */
export interface TouchedRow {
  readonly table: string;
  readonly row: string;
  readonly changes: ReadonlyMap<string, ObjectEdit>;
  /** True: the graph lost the row, so it is written whatever the state says. */
  readonly restore: boolean;
}

/** How a batch changes who owns the rows. */
export interface OwnershipChange {
  readonly transitions: Transition[];
  /** New owner lists by table and row; null: nobody declares the row any more. */
  readonly owners: Map<string, Map<string, string | null>>;
  /** Rows whose values must come from objects outside the batch and are not at hand. */
  readonly missing: Map<string, { readonly entry: ObjectEntry; readonly rows: Set<string> }>;
}

/**
 * Rows of objects outside the batch that were read again: object id -> row -> declaration; null: the values are nowhere
 * any more, the graph keeps those it has.
 */
export type SurvivorRows = ReadonlyMap<string, ReadonlyMap<string, Declaration | null>>;

interface Contested {
  readonly touched: TouchedRow;
  readonly before: Owners | undefined;
  readonly changes: OwnerChanges;
  readonly count: number;
  readonly candidates: readonly Owner[];
}

/** Finds the next owners and winner of each touched row. Reads only what deciding it takes. */
export async function changeOwnership(
  nodes: Nodes,
  root: Root,
  edits: readonly ObjectEdit[],
  rows: readonly TouchedRow[],
  survivors: SurvivorRows,
): Promise<OwnershipChange> {
  const before = await ownersOf(nodes, root, rows);
  const contested = await Promise.all(rows.map(touched => contest(nodes, touched, before.get(touched.row))));
  const objects = new Map<string, ObjectEntry | { key: string }>();
  for (const edit of edits) objects.set(edit.id, edit.after ?? edit);
  const declared = new Map(edits.map(({ id, declarations }) => [id, declarations]));
  const wanted = new Set<string>();
  for (const { candidates, before: owners } of contested) {
    for (const { id } of candidates) wanted.add(id);
    if (owners !== undefined) wanted.add(owners.winner.id);
  }
  const outside = [...wanted].filter(id => !objects.has(id));
  for (const [id, text] of await lookup(nodes, root.objects, outside)) objects.set(id, decodeObject(text));
  const decided = contested.map(row => ({ ...row, winner: decide(row.candidates, objects) }));
  const manifests = await manifestRows(nodes, objects, decided);

  const result: OwnershipChange = { transitions: [], owners: new Map(), missing: new Map() };
  for (const { touched, before: old, winner, changes, count } of decided) {
    const { table, row } = touched;
    putIn(
      result.owners,
      table,
      row,
      winner === undefined ? null : await nextOwners(nodes, old, winner, count, changes),
    );
    const had = old === undefined ? undefined : manifestText(touched, old.winner.id, 'before', manifests);
    const has = winner === undefined ? undefined : manifestText(touched, winner.id, 'after', manifests);
    const from = had === undefined || touched.restore ? null : decodeManifestRow(had);
    const to = has === undefined ? null : decodeManifestRow(has);
    if (from?.fingerprint === to?.fingerprint) continue;
    if (winner === undefined || to === null) {
      result.transitions.push({ table, row, before: from, after: null });
      continue;
    }
    const after = declared.get(winner.id)?.get(row) ?? survivors.get(winner.id)?.get(row);
    if (after === null) continue;
    if (after?.fingerprint === to.fingerprint) result.transitions.push({ table, row, before: from, after });
    else {
      const entry = objects.get(winner.id) as ObjectEntry;
      const missing = result.missing.get(winner.id) ?? { entry, rows: new Set() };
      missing.rows.add(row);
      result.missing.set(winner.id, missing);
    }
  }
  return result;
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

async function contest(nodes: Nodes, touched: TouchedRow, before: Owners | undefined): Promise<Contested> {
  const changes = new Map<string, string | null>();
  let count = before?.count ?? 0;
  for (const [id, edit] of touched.changes) {
    const change = edit.rows.get(touched.row);
    changes.set(id, change?.declaration?.version ?? null);
    count += Number(change?.after !== undefined) - Number(change?.before !== undefined);
  }
  const decided = contestOf(before?.winner, count, changes);
  const candidates =
    decided.kind === 'nobody' ? [] : decided.kind === 'few' ? decided.owners : await allOwners(nodes, before, changes);
  return { touched, before, changes, count, candidates };
}

/** All owners after the batch's changes. */
async function allOwners(nodes: Nodes, before: Owners | undefined, changes: OwnerChanges): Promise<Owner[]> {
  const owners = new Map<string, string>();
  if (before?.tree) {
    for await (const entries of scan(nodes, before.tree)) for (const [id, version] of entries) owners.set(id, version);
  } else if (before !== undefined) {
    for (const { id, version } of [before.winner, ...(before.rest ?? [])]) owners.set(id, version);
  }
  for (const [id, version] of changes) version === null ? owners.delete(id) : owners.set(id, version);
  return [...owners].map(([id, version]) => ({ id, version }));
}

function decide(
  candidates: readonly Owner[],
  objects: ReadonlyMap<string, { readonly key: string }>,
): Owner | undefined {
  if (candidates.length < 2) return candidates[0];
  return winnerOf(candidates.map((owner): Candidate => ({ ...owner, key: objects.get(owner.id)?.key ?? '' })));
}

/** Manifest texts of winners before and after that the batch itself doesn't tell: object id -> row -> text. */
async function manifestRows(
  nodes: Nodes,
  objects: ReadonlyMap<string, object>,
  rows: readonly (Contested & { winner: Owner | undefined })[],
): Promise<Map<string, Map<string, string>>> {
  const wanted = new Map<string, Set<string>>();
  for (const { touched, before, winner } of rows) {
    for (const id of new Set([before?.winner.id, winner?.id])) {
      if (id === undefined || touched.changes.has(id)) continue;
      // A winner that stays and isn't in the batch changes nothing: what its manifest says doesn't matter.
      if (before?.winner.id === winner?.id && !touched.restore) continue;
      wanted.set(id, (wanted.get(id) ?? new Set()).add(touched.row));
    }
  }
  const found = new Map<string, Map<string, string>>();
  await Promise.all(
    [...wanted].map(async ([id, keys]) => {
      const entry = objects.get(id) as ObjectEntry;
      found.set(id, await lookup(nodes, entry.manifest, [...keys]));
    }),
  );
  return found;
}

function manifestText(
  touched: TouchedRow,
  id: string,
  side: 'before' | 'after',
  manifests: ReadonlyMap<string, ReadonlyMap<string, string>>,
): string | undefined {
  const edit = touched.changes.get(id);
  return edit === undefined ? manifests.get(id)?.get(touched.row) : edit.rows.get(touched.row)?.[side];
}

async function nextOwners(
  nodes: Nodes,
  before: Owners | undefined,
  winner: Owner,
  count: number,
  changes: OwnerChanges,
): Promise<string> {
  if (count > MAX_OWNERS_IN_PLACE) {
    const tree =
      before?.tree == null
        ? buildTree(nodes, new Map((await allOwners(nodes, before, changes)).map(({ id, version }) => [id, version])))
        : await editTree(nodes, before.tree, changes);
    return encodeOwners({ winner, count, rest: null, tree });
  }
  const rest = (await allOwners(nodes, before, changes)).filter(({ id }) => id !== winner.id);
  return encodeOwners({ winner, count, rest, tree: null });
}

function putIn<V>(maps: Map<string, Map<string, V>>, outer: string, inner: string, value: V): void {
  const map = maps.get(outer) ?? new Map<string, V>();
  map.set(inner, value);
  maps.set(outer, map);
}

import { encodeOwners, MAX_OWNERS_IN_PLACE, type Owner, type Owners } from '../state/owners.ts';
import { buildTree, editTree, type Nodes, scanAll } from '../state/tree.ts';
import type { OwnerChanges } from './contest.ts';

/** All owners of rows whose lists are kept in trees, by the tree's root. */
export type ListedOwners = ReadonlyMap<string, readonly Owner[]>;

/** Reads whole owner lists, those kept in trees together: one after another a batch of hub rows would never end. */
export async function listOwners(nodes: Nodes, lists: readonly Owners[]): Promise<ListedOwners> {
  const trees = lists.flatMap(({ tree }) => tree ?? []);
  const entries = await scanAll(nodes, [...new Set(trees)]);
  return new Map(
    [...entries].map(([tree, owners]) => [tree, owners.map(([id, version]): Owner => ({ id, version }))] as const),
  );
}

/** Returns all owners after a batch's changes. @param listed holds the list, if it is kept in a tree */
export function ownersAfter(before: Owners | undefined, changes: OwnerChanges, listed: ListedOwners): Owner[] {
  const present =
    before === undefined
      ? []
      : before.tree === null
        ? [before.winner, ...(before.rest ?? [])]
        : (listed.get(before.tree) ?? []);
  const owners = new Map(present.map(({ id, version }) => [id, version]));
  changes.forEach(({ after }, id) => {
    if (after === undefined) owners.delete(id);
    else owners.set(id, after.version);
  });
  return [...owners].map(([id, version]) => ({ id, version }));
}

/** Whether the list after a batch's changes is kept in a tree of its own. */
export function isKeptInTree(count: number): boolean {
  return count > MAX_OWNERS_IN_PLACE;
}

/** Returns the text of a row's next owner list, kept in place. @param listed see {@link ownersAfter} */
export function nextInPlace(
  before: Owners | undefined,
  winner: Owner,
  count: number,
  changes: OwnerChanges,
  listed: ListedOwners,
): string {
  const rest = count === 1 ? [] : ownersAfter(before, changes, listed).filter(({ id }) => id !== winner.id);
  return encodeOwners({ winner, count, rest, tree: null });
}

/** Returns the text of a row's next owner list, and the root of the tree that keeps it. @param listed see {@link ownersAfter} */
export async function nextInTree(
  nodes: Nodes,
  before: Owners | undefined,
  winner: Owner,
  count: number,
  changes: OwnerChanges,
  listed: ListedOwners,
): Promise<{ readonly text: string; readonly tree: string }> {
  const tree =
    before?.tree == null
      ? buildTree(nodes, new Map(ownersAfter(before, changes, listed).map(({ id, version }) => [id, version])))
      : await editTree(nodes, before.tree, versionsOf(changes));
  return { text: encodeOwners({ winner, count, rest: null, tree }), tree };
}

function versionsOf(changes: OwnerChanges): Map<string, string | null> {
  const versions = new Map<string, string | null>();
  changes.forEach(({ after }, id) => {
    versions.set(id, after?.version ?? null);
  });
  return versions;
}

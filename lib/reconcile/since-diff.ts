import type { Declaration } from '../definition/declaration.ts';
import { encodeManifestRow } from '../state/manifest-row.ts';
import { EMPTY, editTree, lookup } from '../state/tree.ts';
import type { Difference } from '../state/tree-diff.ts';
import { type ComparedRows, type ComparingNodes, edits, takeDifferences } from './compared-rows.ts';
import type { ChangedSince, ObjectVersion } from './object-version.ts';
import type { Room } from './room.ts';

/** Manifests that lie between the one that a version was told apart from and its own: each slice of it leaves one. */
const between = new WeakMap<ChangedSince, Set<string>>();

/** Tells whether what is known of a version, since another one, says all that it takes to go on from a manifest. */
export function followsOn(version: ObjectVersion | null, manifest: string = EMPTY): boolean {
  const since = version?.since;
  return since === undefined || since.manifest === manifest || between.get(since)?.has(manifest) === true;
}

/** Compares the rows that changed since another version with a manifest that {@link followsOn} it. */
export async function compareSince(
  nodes: ComparingNodes,
  old: string,
  rows: ReadonlyMap<string, Declaration>,
  since: ChangedSince,
  room: Room,
  lost: ReadonlySet<string>,
): Promise<ComparedRows> {
  const before = await lookup(nodes, old, [...rows.keys(), ...since.gone]);
  const differences: Difference[] = [];
  for (const key of since.gone)
    if (before.has(key)) differences.push({ key, before: before.get(key), after: undefined });
  for (const [key, declaration] of rows) {
    const after = encodeManifestRow(declaration);
    if (before.get(key) !== after) differences.push({ key, before: before.get(key), after });
  }
  const taken = takeDifferences(differences, rows, room, lost);
  const manifest = await editTree(nodes, old, edits(taken));
  between.set(since, (between.get(since) ?? new Set()).add(manifest));
  return { taken, complete: taken.length === differences.length, manifest, declarations: rows };
}

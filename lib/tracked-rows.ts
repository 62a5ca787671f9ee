import { decodeManifestRow, type ManifestRow } from './state/manifest-row.ts';
import { decodeObject, type ObjectEntry } from './state/object-entry.ts';
import { decodeOwners } from './state/owners.ts';
import type { Root } from './state/root.ts';
import { EMPTY, lookup, type Nodes } from './state/tree.ts';

/** What tracked state says that the graph holds of a row. */
export interface TrackedRow extends ManifestRow {
  /** The object whose values it has. */
  readonly winner: ObjectEntry;
  /** Text of its `versionBy` value. */
  readonly version: string;
}

/** Finds rows of a table that files declare, by their identity. Those that none declares are left out. */
export async function trackedRows(
  nodes: Nodes,
  root: Root,
  table: string,
  rows: readonly string[],
): Promise<Map<string, TrackedRow>> {
  const byWinner = new Map<string, Map<string, string>>();
  for (const [row, text] of await lookup(nodes, root.tables.get(table)?.rows ?? EMPTY, rows)) {
    const { id, version } = decodeOwners(text).winner;
    const won = byWinner.get(id) ?? new Map<string, string>();
    byWinner.set(id, won.set(row, version));
  }
  const tracked = new Map<string, TrackedRow>();
  for (const [id, entry] of await lookup(nodes, root.objects, [...byWinner.keys()])) {
    const winner = decodeObject(entry);
    const won = byWinner.get(id) as Map<string, string>;
    for (const [row, text] of await lookup(nodes, winner.manifest, [...won.keys()])) {
      tracked.set(row, { ...decodeManifestRow(text), winner, version: won.get(row) ?? '' });
    }
  }
  return tracked;
}

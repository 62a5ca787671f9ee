import pMap from 'p-map';
import { isAbsent } from '../values/version.ts';
import { decodeManifestRow, type ManifestRow } from './manifest-row.ts';
import { decodeObject, type ObjectEntry } from './object-entry.ts';
import { decodeOwners } from './owners.ts';
import type { Root } from './root.ts';
import { EMPTY, lookup, type Nodes } from './tree.ts';

/** What tracked state says that the graph holds of a row. */
export interface TrackedRow extends ManifestRow {
  /** The object whose values it has. */
  readonly winner: ObjectEntry;
  /** Text of its `versionBy` value. */
  readonly version: string;
}

/** Finds rows of a table that files declare, by their identity. Those that none declares, or that are declared absent, are left out. */
export async function trackedRows(
  nodes: Nodes,
  root: Root,
  table: string,
  rows: readonly string[],
): Promise<Map<string, TrackedRow>> {
  const byWinner = new Map<string, Map<string, string>>();
  for (const [row, text] of await lookup(nodes, root.tables.get(table)?.rows ?? EMPTY, rows)) {
    const { id, version } = decodeOwners(text).winner;
    if (isAbsent(version)) continue;
    const won = byWinner.get(id) ?? new Map<string, string>();
    byWinner.set(id, won.set(row, version));
  }
  const tracked = new Map<string, TrackedRow>();
  await pMap(
    await lookup(nodes, root.objects, [...byWinner.keys()]),
    async ([id, entry]) => {
      const winner = decodeObject(entry);
      const won = byWinner.get(id) as Map<string, string>;
      for (const [row, text] of await lookup(nodes, winner.manifest, [...won.keys()])) {
        tracked.set(row, { ...decodeManifestRow(text), winner, version: won.get(row) ?? '' });
      }
    },
    { concurrency: 16 },
  );
  return tracked;
}

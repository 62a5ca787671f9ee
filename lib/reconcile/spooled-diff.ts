import type { Declaration } from '../definition/declaration.ts';
import { encodeManifestRow } from '../state/manifest-row.ts';
import { diffRange } from '../state/range-diff.ts';
import { byKey, editTree } from '../state/tree.ts';
import type { Difference } from '../state/tree-diff.ts';
import type { Entry } from '../state/tree-node.ts';
import { type ComparedRows, type ComparingNodes, edits } from './compared-rows.ts';
import type { SpooledRows } from './object-version.ts';
import type { Room } from './room.ts';

/** By manifest, the first part that may differ from it: so each slice begins where the last one that was committed ended. */
const progress = new WeakMap<SpooledRows, Map<string, number>>();

/**
 * Compares spooled rows with a manifest, a part at a time, until there is no more room. What it finds follows from rows and manifest
 * alone: a worker that begins anew, or after a failed batch, comes to the same.
 *
 * @param lost rows that are in the batch in any case, if they changed
 */
export async function compareSpooled(
  nodes: ComparingNodes,
  old: string,
  spooled: SpooledRows,
  room: Room,
  lost: ReadonlySet<string>,
): Promise<ComparedRows> {
  const begin = progress.get(spooled)?.get(old) ?? 0;
  const taken: Difference[] = [];
  const declarations = new Map<string, Declaration>();
  let rest: number | null = null;
  for (const [part, range] of spooled.parts.entries()) {
    const wanted = lostIn(spooled, part, lost);
    if (wanted.size === 0 && (part < begin || rest !== null)) continue;
    const rows = await spooled.read(part);
    for (const difference of await diffRange(nodes, old, range, manifestEntries(rows))) {
      const { key } = difference;
      const declaration = rows.get(key);
      if (!room.take(declaration) && !lost.has(key)) {
        rest ??= part;
        continue;
      }
      taken.push(difference);
      if (declaration !== undefined) declarations.set(key, declaration);
    }
    for (const row of wanted) {
      const declaration = rows.get(row);
      if (declaration !== undefined) declarations.set(row, declaration);
    }
  }
  const manifest = await editTree(nodes, old, edits(taken));
  progress.set(spooled, new Map([...(progress.get(spooled) ?? []), [manifest, rest ?? spooled.parts.length]]));
  return { taken, complete: rest === null, manifest, declarations };
}

/** Returns rows as a manifest has them, sorted by their identities. */
export function manifestEntries(rows: ReadonlyMap<string, Declaration>): Entry[] {
  const entries: Entry[] = [];
  for (const [row, declaration] of rows) entries.push([row, encodeManifestRow(declaration)]);
  return entries.sort(byKey);
}

function lostIn({ parts }: SpooledRows, part: number, lost: ReadonlySet<string>): Set<string> {
  const { after = '', upTo = null } = parts[part] ?? {};
  return new Set([...lost].filter(row => row > after && (upTo === null || row <= upTo)));
}

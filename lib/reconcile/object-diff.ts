import type { Declaration } from '../definition/declaration.ts';
import type { VersionName } from '../files/object-store.ts';
import type { RejectedObjectError } from '../files/rejection.ts';
import { decodeManifestRow } from '../state/manifest-row.ts';
import { encodeObject, type ObjectEntry, objectId } from '../state/object-entry.ts';
import { buildSorted, EMPTY, editTree } from '../state/tree.ts';
import { type Difference, diffTrees } from '../state/tree-diff.ts';
import { type ComparedRows, type ComparingNodes, edits, takeDifferences } from './compared-rows.ts';
import type { ObjectVersion } from './object-version.ts';
import type { GraphRow } from './plan.ts';
import type { Room } from './room.ts';
import { compareSince } from './since-diff.ts';
import { compareSpooled, manifestEntries } from './spooled-diff.ts';

/** An object as it will be tracked; null: it is gone, or no source matches it. */
export interface ObjectChange {
  readonly key: string;
  readonly version: ObjectVersion | null;
  /** When reading it began (`performance.now()` of this process). Default: not known. */
  readonly begun?: number;
  /** Why the bucket's newest version was rejected, where `version` is the one that is in force instead. */
  readonly rejection?: RejectedObjectError;
  /** Then the oldest version, in an unbroken row from the newest, whose content its source rejects. */
  readonly rejectedDownTo?: VersionName | undefined;
}

/** What one object of a batch does to a row of a table. */
export interface RowChange {
  readonly table: string;
  /** As the tracked manifest has the row; undefined: it lacks it. */
  readonly before: GraphRow | undefined;
  /** As the object declares it; undefined: it doesn't. */
  readonly after: Declaration | undefined;
}

/** The part of an object's change that is in the batch. */
export interface ObjectEdit {
  readonly id: string;
  readonly key: string;
  readonly before: ObjectEntry | undefined;
  /** The entry that the batch leaves; null: none. */
  readonly after: ObjectEntry | null;
  readonly rows: ReadonlyMap<string, RowChange>;
  /** Everything the object declares, changed or not; of spooled rows, and where only what differs was read, those that are in `rows`. */
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** False: only a slice of the changed rows is in this batch, the object must be looked at again. */
  readonly complete: boolean;
}

/**
 * Compares an object's new manifest with the tracked one.
 *
 * @param tableOf finds the table that a manifest names by its tag
 * @param room what the batch can still take of changed rows, these are taken from it; more are cut off: the manifest then holds what is
 *   applied so far and the entry has no ETag, so that the next look continues
 * @param lost rows that are in the batch in any case, if they changed: the graph lost them, and what it gets back must be
 *   what the manifest then says
 */
export async function editObject(
  nodes: ComparingNodes,
  tableOf: (tag: string) => string,
  before: ObjectEntry | undefined,
  change: ObjectChange,
  room: Room,
  lost: ReadonlySet<string>,
): Promise<ObjectEdit> {
  const { key, version } = change;
  const old = before?.manifest ?? EMPTY;
  const { rows = new Map<string, Declaration>(), spooled, since } = version ?? {};
  const compared =
    spooled !== undefined
      ? await compareSpooled(nodes, old, spooled, room, lost)
      : since !== undefined
        ? await compareSince(nodes, old, rows, since, room, lost)
        : await compareRows(nodes, old, rows, room, lost);
  const { taken, complete, manifest, declarations } = compared;
  const edit = {
    id: objectId(key),
    key,
    before,
    complete,
    declarations,
    rows: rowChanges(taken, declarations, tableOf),
  };
  if (version === null && complete) return { ...edit, after: null };
  const { contentType = '', contentEncoding = '', size = 0, source = '', etag = '' } = version ?? {};
  const count = (before?.rows ?? 0) + growth(taken);
  const after = {
    key,
    etag: complete ? etag : '',
    contentType,
    contentEncoding,
    size,
    source,
    manifest,
    rows: count,
  };
  return { ...edit, after };
}

async function compareRows(
  nodes: ComparingNodes,
  old: string,
  rows: ReadonlyMap<string, Declaration>,
  room: Room,
  lost: ReadonlySet<string>,
): Promise<ComparedRows> {
  const entries = manifestEntries(rows);
  const whole = buildSorted(nodes, entries);
  const differences =
    old === EMPTY
      ? entries.map(([key, after]): Difference => ({ key, before: undefined, after }))
      : await diffTrees(nodes, old, whole, hash => nodes.keep(hash));
  const taken = takeDifferences(differences, rows, room, lost);
  if (taken.length === differences.length)
    return { taken: differences, complete: true, manifest: whole, declarations: rows };
  return { taken, complete: false, manifest: await editTree(nodes, old, edits(taken)), declarations: rows };
}

/** Whether an edit changes anything in tracked state. */
export function changesState(edit: ObjectEdit): boolean {
  const before = edit.before === undefined ? null : encodeObject(edit.before);
  return before !== (edit.after === null ? null : encodeObject(edit.after));
}

function rowChanges(
  differences: readonly Difference[],
  rows: ReadonlyMap<string, Declaration>,
  tableOf: (tag: string) => string,
): Map<string, RowChange> {
  const changes = new Map<string, RowChange>();
  for (const { key, before: text, after: wanted } of differences) {
    const before = text === undefined ? undefined : decodeManifestRow(text);
    const after = wanted === undefined ? undefined : rows.get(key);
    changes.set(key, { table: after?.table ?? tableOf(before?.tag ?? ''), before, after });
  }
  return changes;
}

function growth(differences: readonly Difference[]): number {
  return differences.reduce(
    (sum, { before, after }) => sum + Number(after !== undefined) - Number(before !== undefined),
    0,
  );
}

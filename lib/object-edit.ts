import type { Declaration } from './graph/declaration.ts';
import type { RejectedObjectError } from './graph/errors.ts';
import type { ObjectVersion } from './object-version.ts';
import { encodeManifestRow } from './state/manifest-row.ts';
import { encodeObject, type ObjectEntry, objectId } from './state/object-entry.ts';
import { buildTree, EMPTY, editTree, type Nodes } from './state/tree.ts';
import { type Difference, diffTrees } from './state/tree-diff.ts';

/** An object as it shall be tracked; null: it is gone, or no source matches it. */
export interface ObjectChange {
  readonly key: string;
  readonly version: ObjectVersion | null;
  /** Why the bucket's newest version was rejected, where `version` is the one that is in force instead. */
  readonly rejection?: RejectedObjectError;
}

/** What one object of a batch does to a row: manifest texts, undefined where the manifest lacks the row. */
export interface RowChange {
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly declaration: Declaration | undefined;
}

/** The part of an object's change that is in the batch. */
export interface ObjectEdit {
  readonly id: string;
  readonly key: string;
  readonly before: ObjectEntry | undefined;
  /** The entry that the batch leaves; null: none. */
  readonly after: ObjectEntry | null;
  readonly rows: ReadonlyMap<string, RowChange>;
  /** Everything the object declares, changed or not. */
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** False: only a slice of the changed rows is in this batch, the object must be looked at again. */
  readonly complete: boolean;
}

/**
 * Compares an object's new manifest with the tracked one.
 *
 * @param room how many changed rows the batch can still take; more are cut off: the manifest then holds what is applied so
 *   far and the entry has no ETag, so that the next look continues
 * @param besides rows that are in the batch in any case, if they changed: the graph lost them, and what it gets back must be
 *   what the manifest then says
 */
export async function editObject(
  nodes: Nodes & { keep(hash: string): void },
  before: ObjectEntry | undefined,
  change: ObjectChange,
  room: number,
  besides: ReadonlySet<string>,
): Promise<ObjectEdit> {
  const { key, version } = change;
  const rows = version?.rows ?? new Map<string, Declaration>();
  const texts = new Map<string, string>();
  for (const [row, declaration] of rows) texts.set(row, encodeManifestRow(declaration));
  const old = before?.manifest ?? EMPTY;
  const whole = buildTree(nodes, texts);
  const differences = await diffTrees(nodes, old, whole, hash => nodes.keep(hash));
  const complete = differences.length <= room;
  const taken = complete ? differences : differences.filter(({ key: row }, i) => i < room || besides.has(row));
  const manifest = complete ? whole : await editTree(nodes, old, edits(taken));
  const edit = { id: objectId(key), key, before, complete, declarations: rows, rows: rowChanges(taken, rows) };
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

/** Whether an edit changes anything in tracked state. */
export function changesState(edit: ObjectEdit): boolean {
  const before = edit.before === undefined ? null : encodeObject(edit.before);
  return before !== (edit.after === null ? null : encodeObject(edit.after));
}

function edits(differences: readonly Difference[]): Map<string, string | null> {
  return new Map(differences.map(({ key, after }) => [key, after ?? null]));
}

function rowChanges(
  differences: readonly Difference[],
  rows: ReadonlyMap<string, Declaration>,
): Map<string, RowChange> {
  return new Map(
    differences.map(({ key, before, after }) => [
      key,
      { before, after, declaration: after === undefined ? undefined : rows.get(key) },
    ]),
  );
}

function growth(differences: readonly Difference[]): number {
  return differences.reduce(
    (sum, { before, after }) => sum + Number(after !== undefined) - Number(before !== undefined),
    0,
  );
}

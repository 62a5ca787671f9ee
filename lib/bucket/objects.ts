import type { Source } from '../definition/flow.ts';
import { memoOf } from '../definition/memo-options.ts';
import { readsRanges } from '../files/detect-format.ts';
import { type LakeTable, mayBeLakeFile } from '../files/keys/lake-table.ts';
import { lakeRejection } from '../files/lake-tables.ts';
import { type ObjectBody, type ObjectHead, ObjectReplacedError, ObjectUnreadableError } from '../files/object-store.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { ObjectVersion } from '../reconcile/object-version.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { ComparedReading, NotComparableError } from './compared-reading.ts';
import { type DeclaredRows, declareRows, type RowFilter } from './declare-rows.ts';
import type { Compared } from './known-version.ts';
import { rangesOf, wholeOf } from './ranged-read.ts';
import { RecordMemo } from './record-memo.ts';
import { refuseShrunk } from './shrink-guard.ts';
import { SlowCallError } from './source-calls.ts';

/** What of an object is read, and what hears of it. */
export interface Reading {
  /** Keeps just these rows. Default: all. */
  readonly only?: RowFilter | undefined;
  /** Tells that nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each result of the source's function that is kept, so that another reading needn't call for it. */
  readonly onKept?: (() => void) | undefined;
  /**
   * It will do to read what differs from the version that tracked state has, or from this one, which it had a moment ago: see
   * `ObjectVersion.since`. `nothing`: all is read, and what it takes to compare the next version with it is noted. Default: all is read.
   */
  readonly compareWith?: Compared | undefined;
}

/** Times that reading begins anew because the object was replaced meanwhile. */
const MAX_READS = 4;

/** An object as a look finds it. */
export interface ObjectLook extends ObjectHead {
  /** The table that it is a file of. Left out: none. */
  readonly table?: LakeTable;
}

/** Looks at an object as it is now, or at an older version; null: it isn't there, or no source matches it. */
export async function headObject(scope: Scope, key: string, versionId?: string): Promise<ObjectLook | null> {
  if (scope.sourceOf(key) === undefined) return null;
  const head = await scope.objects.head(key, versionId);
  const table = head && (await scope.lakes.tableOf(key));
  return table ? { ...head, table } : head;
}

/**
 * Reads an object as it is now and declares its rows; null: it isn't there, or no source matches it.
 *
 * @throws RejectedObjectError
 */
export async function readObject(scope: Scope, key: string, reading: Reading = {}): Promise<ObjectVersion | null> {
  const look = mayBeLakeFile(key) ? await headObject(scope, key) : null;
  if (look?.table !== undefined) throw lakeRejection(scope.objects.bucket, key, look, look.table);
  return await readVersion(scope, key, undefined, reading);
}

/**
 * Reads an accepted version of an object again. Found by its ETag: a newer version may be there already, or the newest may
 * have been rejected.
 *
 * @returns null when that version is no longer in the bucket, or no source matches the key any more
 * @throws RejectedObjectError when the source's function no longer accepts it
 */
export async function readAccepted(
  scope: Scope,
  accepted: Pick<ObjectEntry, 'key' | 'etag'>,
  reading: Reading = {},
): Promise<ObjectVersion | null> {
  const { key, etag } = accepted;
  if (scope.sourceOf(key) === undefined || etag === '') return null;
  for await (const one of scope.objects.versions(key)) {
    if (one.deleted || one.etag !== etag) continue;
    const version = await readUnguarded(scope, key, one.versionId, reading);
    if (version !== null) return version;
  }
  return null;
}

/**
 * Reads a version of an object and declares its rows; null: it isn't there.
 *
 * @throws RejectedObjectError also when it lacks too many rows of the version below it
 */
export async function readVersion(
  scope: Scope,
  key: string,
  versionId?: string,
  reading: Reading = {},
): Promise<ObjectVersion | null> {
  const version = await readUnguarded(scope, key, versionId, reading);
  const maxShrink = scope.sourceOf(key)?.options.maxShrink;
  if (version === null || maxShrink === undefined || reading.only !== undefined) return version;
  const { signal } = reading;
  const older = (id: string | undefined) => readUnguarded(scope, key, id, { signal }).catch(unlessRejected);
  // An older version from before the bucket had versions doesn't tell the id by which it was asked for.
  const asked = { ...version, versionId: version.versionId ?? versionId };
  await refuseShrunk(scope, key, asked, maxShrink, older).catch(error => {
    version.spooled?.close();
    throw error;
  });
  return version;
}

/** Reads a version of an object, whatever it lacks of the one below it; null: it isn't there. @throws RejectedObjectError */
export async function readUnguarded(
  scope: Scope,
  key: string,
  versionId?: string,
  reading: Reading = {},
  attempts = MAX_READS,
): Promise<ObjectVersion | null> {
  const source = scope.sourceOf(key);
  if (source === undefined) return null;
  const { objects } = scope;
  const { only, signal, onKept } = reading;
  // A format that is read by ranges doesn't need the whole.
  const ranged = readsRanges({ key }, source.options);
  const answer = ranged ? await objects.head(key, versionId) : await objects.read(key, { versionId });
  if (answer === null) return null;
  const { body: whole, ...head } = answer as Partial<ObjectBody> & ObjectHead;
  // Asked for as it was: the present version of a bucket that has none now may have had an id.
  const asked = { ...head, versionId };
  const object = {
    bucket: objects.bucket,
    key,
    ...head,
    // The object may have another version by now: a rejection must name the one that was read.
    version: head,
    body: whole ?? wholeOf(objects, key, asked),
    ranges: rangesOf(objects, key, asked),
  };
  // Rows that are asked for by name are few, and wanted at once.
  const { maxRowsInMemory: rows, rowBytesInMemory } = scope.limits;
  const most = only === undefined ? { rows, bytes: rowBytesInMemory / 8 } : undefined;
  const how = { only, most, signal, memo: memoFor(scope, source, onKept) };
  const again = (other: Reading) => readUnguarded(scope, key, versionId, other, attempts - 1);
  const { compareWith } = reading;
  const compared =
    compareWith === undefined || ranged ? null : await ComparedReading.begin(scope, source, object, compareWith);
  let read: DeclaredRows | undefined;
  try {
    const body = compared?.body() ?? object.body;
    read = await declareRows({ ...object, body }, source, scope.tables, { ...how, names: compared?.names });
    const { declared, since } = (await compared?.end(read, how)) ?? { declared: read };
    const { replaced, spooled, rowBytes, skipped, notes } = declared;
    const told = {
      rowBytes,
      replacedRows: replaced,
      skipped,
      notes,
      ...(spooled && { spooled }),
      ...(since && { since }),
    };
    return { ...head, source: source.fingerprint, rows: declared.rows, ...told };
  } catch (error) {
    read?.spooled?.close();
    if (error instanceof ObjectReplacedError && attempts > 1) return await again(reading);
    const namesLines = error instanceof RejectedObjectError || error instanceof SlowCallError;
    const misleads = compared?.mayMislead === true && namesLines;
    if (misleads || error instanceof NotComparableError) {
      await compared?.giveUp();
      return await again({ ...reading, compareWith: 'nothing' });
    }
    throw error;
  }
}

/** Returns what is kept of what a source's function gives; undefined: nothing. */
function memoFor(scope: Scope, source: Source, onKept: (() => void) | undefined): RecordMemo | undefined {
  const memo = memoOf(source.options.memo);
  if (memo === undefined) return undefined;
  const { state, keepsResults: keeps } = scope;
  return new RecordMemo(state.memos, { fingerprint: source.fingerprint, memo, keeps }, onKept);
}

/** Looks at an object; undefined: that isn't allowed, so that nothing is known of it. */
export async function headIfAllowed(scope: Scope, key: string): Promise<ObjectLook | null | undefined> {
  try {
    return await headObject(scope, key);
  } catch (error) {
    if (error instanceof ObjectUnreadableError) return undefined;
    throw error;
  }
}

/** Takes a rejected version for none. */
export function unlessRejected(error: unknown): null {
  if (error instanceof RejectedObjectError) return null;
  throw error;
}

import { readAccepted } from '../bucket/objects.ts';
import { isSameReading } from '../bucket/same-version.ts';
import { rejectedKey } from '../files/keys/quarantine-key.ts';
import { type InvalidRecord, invalidRecordLines } from '../files/problems.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { ObjectVersion } from '../reconcile/object-version.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { trackedEntries } from '../state/tracked-entries.ts';

/** Records that were left out of an object's version in force. */
export interface SkippedRecords {
  readonly records: number;
  /** Key of the object of the bucket that lists them, with the reasons. */
  readonly listedIn: string;
}

/**
 * Makes the list of the records that were left out of an object be that of its version in force; without any there is none.
 *
 * Called after the commit, and before the object's status says that it is applied: a worker that dies in between leaves a status
 * that isn't right, and the next look comes here again. A slower worker may write an older list over a newer one; but
 * a worker that writes looks afterwards whether its version is still the one in force, and the last to write finds out.
 *
 * @param entry what tracked state has of the object; null: nothing
 * @param version the version that was read, to save reading it again
 */
export async function updateQuarantineList(
  scope: Scope,
  key: string,
  entry: ObjectEntry | null,
  version: ObjectVersion | null | undefined,
): Promise<SkippedRecords | null> {
  if (!scope.skipsInvalid) return null;
  const listedIn = rejectedKey(scope.name, key);
  for (let [inForce, read] = [entry, version]; ; read = undefined) {
    // Slices of it are applied: who goes on with them comes here at the end.
    if (inForce?.etag === '') return null;
    const records = inForce === null ? [] : await skippedOf(scope, inForce, read);
    if (records.length > 0) await scope.objects.write(listedIn, invalidRecordLines(records), 'application/x-ndjson');
    else await scope.objects.delete(listedIn);
    const head = await scope.head.read();
    const present = (await trackedEntries(scope, head?.root ?? '', [key])).get(key) ?? null;
    if (isSameReading(present, inForce)) {
      return records.length === 0 ? null : { records: records.length, listedIn };
    }
    inForce = present;
  }
}

async function skippedOf(
  scope: Scope,
  entry: ObjectEntry,
  read: ObjectVersion | null | undefined,
): Promise<readonly InvalidRecord[]> {
  if (read && isSameReading(read, entry)) return read.skipped;
  try {
    return (await readAccepted(scope, entry))?.skipped ?? [];
  } catch (error) {
    if (error instanceof RejectedObjectError) return [];
    throw error;
  }
}

import { mayPass } from '../bucket/listing.ts';
import { isSameVersion } from '../bucket/same-version.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { Scope } from '../scope.ts';
import type { ObjectToRead } from './object-reads.ts';

/**
 * Finds objects whose very version the source of now is known to reject, for their content or because workers died of it: they
 * need not be read to know it. What the database refused it may accept by now, and what lacks rows may be on top of another version.
 */
export async function knownRejections(
  scope: Scope,
  objects: readonly ObjectToRead[],
): Promise<ReadonlyMap<string, RejectedObjectError>> {
  const known = new Map<string, RejectedObjectError>();
  // Of one that S3 didn't answer about nothing is asked either: its key may be a text that no service takes.
  const there = objects.flatMap(({ key, head }) => (head ? [{ key, head }] : []));
  const found = await scope.status.find(there.map(({ key }) => key));
  for (const { key, head } of there) {
    const status = found.get(key);
    if (status?.state !== 'rejected' || mayPass(status) || status.by === 'table' || head.table) continue;
    if (!isSameVersion(head, status) || status.source !== scope.sourceOf(key)?.fingerprint) continue;
    const { problems: first = [], counts = [], by = 'content' } = status;
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const { etag, versionId } = head;
    known.set(
      key,
      new RejectedObjectError(
        { bucket: scope.objects.bucket, key },
        { first, counts, total },
        { by, version: { etag, versionId } },
      ),
    );
  }
  return known;
}

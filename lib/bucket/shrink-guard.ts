import type { ObjectHead } from '../files/object-store.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { ObjectVersion } from '../reconcile/object-version.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { trackedEntries } from '../state/tracked-entries.ts';
import { scan } from '../state/tree.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import type { DeclaredRows } from './declare-rows.ts';

/** Older versions that are looked at for the one in force. */
const MAX_VERSIONS = 20;

/** Rows of a version, and those of them that another one lacks. */
interface Compared {
  readonly all: number;
  readonly lost: number;
}

/** Reads an older version; null: it isn't there, or is itself rejected. */
type ReadOlder = (versionId: string | undefined) => Promise<ObjectVersion | null>;

/**
 * Refuses a version that lacks more of the rows of the version in force below it than its source lets go unasked. The version below is
 * that of the bucket, so the decision follows from the bucket's versions; tracked state only saves reading it.
 *
 * @param version the version with its rows; one that is `confirmed`, or tracked already, is never refused
 * @throws RejectedObjectError
 */
export async function refuseShrunk(
  scope: Scope,
  key: string,
  version: ObjectHead & Pick<DeclaredRows, 'rows' | 'spooled'>,
  maxShrink: number,
  read: ReadOlder,
): Promise<void> {
  if (version.confirmed) return;
  const tracked = await trackedEntry(scope, key);
  if (tracked?.etag === version.etag) return;
  const { all, lost } = (await compareBelow(scope, key, version, tracked, read)) ?? { all: 0, lost: 0 };
  if (lost <= maxShrink * all) return;
  const problem =
    `it lacks ${lost} of the ${all} rows of the version before it, over the source's maxShrink ${maxShrink}: that one stays in ` +
    'force. If this one is meant, copy the object onto itself with the metadata graphdrop-confirm=shrink, or delete it and put it again';
  throw new RejectedObjectError({ bucket: scope.objects.bucket, key }, [{ problem }], { version });
}

async function trackedEntry(scope: Scope, key: string): Promise<ObjectEntry | undefined> {
  const head = await scope.head.read();
  const entries = await trackedEntries(scope, head?.root ?? '', [key]).catch(error => {
    if (error instanceof MissingNodeError) return new Map<string, ObjectEntry>();
    throw error;
  });
  return entries.get(key);
}

/** Compares with the newest acceptable version below one; null: there is none, or the object was deleted in between. */
async function compareBelow(
  scope: Scope,
  key: string,
  version: ObjectHead & Pick<DeclaredRows, 'rows' | 'spooled'>,
  tracked: ObjectEntry | undefined,
  read: ReadOlder,
): Promise<Compared | null> {
  const source = scope.sourceOf(key)?.fingerprint;
  let looked = 0;
  if (version.versionId !== undefined) {
    for await (const { versionId, etag, deleted } of scope.objects.versions(key, version.versionId)) {
      if (deleted || looked === MAX_VERSIONS) return null;
      looked += 1;
      if (tracked?.etag === etag && tracked.source === source) return await compareTracked(scope, tracked, version);
      const below = await read(versionId);
      if (below !== null) return await compareRead(below, version);
    }
  }
  // Of a bucket without versions, only tracked state knows what was before.
  return looked === 0 && tracked !== undefined && tracked.etag !== '' ? compareTracked(scope, tracked, version) : null;
}

type Rows = Pick<DeclaredRows, 'rows' | 'spooled'>;

async function compareTracked(scope: Scope, { manifest, rows: all }: ObjectEntry, now: Rows): Promise<Compared> {
  if (now.spooled !== undefined) return { all, lost: Math.max(0, all - now.spooled.size) };
  let lost = 0;
  for await (const page of scan(scope.nodes.stage(), manifest))
    for (const [row] of page) if (!now.rows.has(row)) lost += 1;
  return { all, lost };
}

async function compareRead(before: ObjectVersion, now: Rows): Promise<Compared> {
  const all = before.spooled?.size ?? before.rows.size;
  if (now.spooled !== undefined || before.spooled !== undefined) {
    before.spooled?.close();
    // Rows that don't fit in memory are only counted.
    return { all, lost: Math.max(0, all - (now.spooled?.size ?? now.rows.size)) };
  }
  return { all, lost: [...before.rows.keys()].filter(row => !now.rows.has(row)).length };
}

import { ObjectUnreadableError, type VersionName } from '../files/object-store.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { ObjectVersion } from '../reconcile/object-version.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { scan } from '../state/tree.ts';
import { trackedEntry } from './tracked-entry.ts';

/** Older versions that are looked at for the one in force. */
const MAX_VERSIONS = 20;

/** Reads an older version, whatever it lacks of those below it; null: it isn't there, or its source rejects it. */
type ReadOlder = (versionId: string | undefined) => Promise<ObjectVersion | null>;

/** The version in force below another. */
interface Below {
  /** Undefined: it is what tracked state has, of a bucket without versions. */
  readonly name?: VersionName;
  readonly all: number;
  /** Counts its rows that another version lacks. */
  lostIn(now: ObjectVersion): Promise<number>;
}

/**
 * Refuses a version that lacks more of the rows of the version in force below it than its source lets go unasked. The version below is
 * that of the bucket, so the decision follows from the bucket's versions; tracked state only saves reading it, and knows what is
 * in force already: that is never held back.
 *
 * @param version the version with its rows; one that is `confirmed` is never refused
 * @throws RejectedObjectError
 */
export async function refuseShrunk(
  scope: Scope,
  key: string,
  version: ObjectVersion,
  maxShrink: number,
  read: ReadOlder,
): Promise<void> {
  const tracked = await trackedEntry(scope, key);
  if (isTaken(version, tracked)) return;
  const below =
    version.versionId === undefined
      ? // Of a bucket without versions, only tracked state knows what was before.
        tracked && belowTracked(scope, tracked)
      : await inForceBelow(scope, key, version.versionId, maxShrink, tracked, read);
  const lost = (await below?.lostIn(version)) ?? 0;
  if (below === undefined || lost <= maxShrink * below.all) return;
  const problem =
    `it lacks ${lost} of the ${below.all} rows of the version before it, over the source's maxShrink ${maxShrink}: that one stays in ` +
    'force. If this one is meant, copy the object onto itself with the metadata graphdrop-confirm=shrink, or delete it and put it again';
  const { etag, versionId } = version;
  const options = { by: 'shrink', version: { etag, versionId }, inForce: below.name } as const;
  throw new RejectedObjectError({ bucket: scope.objects.bucket, key }, [{ problem }], options);
}

/** Tells whether a version may lack whatever it lacks. */
function isTaken({ confirmed, etag }: ObjectVersion, tracked: ObjectEntry | undefined): boolean {
  return confirmed === true || etag === tracked?.etag;
}

/**
 * Finds the version in force below one, of the newest: down to the first that is tracked, was deleted or can't be read, then up again,
 * so that each is read once and the rows of two are in memory; undefined: there is none.
 */
async function inForceBelow(
  scope: Scope,
  key: string,
  versionId: string,
  maxShrink: number,
  tracked: ObjectEntry | undefined,
  read: ReadOlder,
): Promise<Below | undefined> {
  const source = scope.sourceOf(key)?.fingerprint;
  const older: VersionName[] = [];
  let below: Below | undefined;
  for await (const { deleted, ...name } of scope.objects.versions(key, versionId)) {
    if (deleted) break;
    if (tracked?.etag === name.etag && tracked.source === source) {
      below = { ...belowTracked(scope, tracked), name };
      break;
    }
    older.push(name);
    if (older.length === MAX_VERSIONS) break;
  }
  for (const name of older.reverse()) {
    const version = await read(name.versionId).catch(error => {
      // What is archived or not permitted stays so: nothing is known of it, nor is anything compared with it.
      if (!(error instanceof ObjectUnreadableError) || error.retryable) throw error;
      const { bucket } = scope.objects;
      scope.log({ level: 'warn', event: 'shrink-unchecked', scope: scope.name, bucket, key, reason: error.message });
      below = undefined;
      return null;
    });
    if (version === null) continue;
    try {
      const lost = below === undefined || isTaken(version, tracked) ? 0 : await below.lostIn(version);
      if (lost <= maxShrink * (below?.all ?? 0)) below = await belowRead(name, version);
    } finally {
      version.spooled?.close();
    }
  }
  return below;
}

function belowTracked(scope: Scope, { manifest, rows: all }: ObjectEntry): Below {
  return {
    all,
    async lostIn(now) {
      if (now.spooled !== undefined) return Math.max(0, all - (await countRows(now)));
      let lost = 0;
      for await (const page of scan(scope.nodes.stage(), manifest))
        for (const [row] of page) if (!now.rows.has(row)) lost += 1;
      return lost;
    },
  };
}

/** Keeps of a version's rows the keys; of rows that don't fit in memory the number. */
async function belowRead(name: VersionName, version: ObjectVersion): Promise<Below> {
  const all = await countRows(version);
  const keys = version.spooled === undefined ? [...version.rows.keys()] : null;
  return {
    name,
    all,
    async lostIn(now) {
      if (keys === null || now.spooled !== undefined) return Math.max(0, all - (await countRows(now)));
      return keys.reduce((lost, row) => lost + Number(!now.rows.has(row)), 0);
    },
  };
}

/** Counts the rows of a version. A spool knows how many declarations it has, of which several may be of one row. */
async function countRows({ rows, spooled }: ObjectVersion): Promise<number> {
  let count = rows.size;
  for (const part of spooled?.parts.keys() ?? []) count += (await spooled?.read(part))?.size ?? 0;
  return count;
}

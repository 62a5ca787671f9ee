/** The parts of a resync that look at objects: those of the bucket, then those of tracked state that the bucket no longer has. */
import pMap from 'p-map';
import { type Compared, compareListed, listObjects, mayPass, rejectionOf } from '../bucket/listing.ts';
import { headIfAllowed } from '../bucket/objects.ts';
import { isSameReading } from '../bucket/same-version.ts';
import type { Scope } from '../scope.ts';
import { decodeObject } from '../state/object-entry.ts';
import type { ObjectStatus } from '../state/object-status.ts';
import { readRoot } from '../state/read-root.ts';
import { firstEntries } from '../state/tree.ts';
import { type ResyncPosition, sizeOf } from './resync-position.ts';
import { withUnmatched } from './unmatched-keys.ts';

/** Objects looked at between two looks at the clock. */
const PAGE = 1_000;

/** What a look at a page found: where to go on, and keys that are not up to date. */
export interface PageLook {
  readonly next: ResyncPosition;
  readonly keys: readonly string[];
}

/** Lists a page of the bucket and tells which of its objects are not as tracked state has them. */
export async function lookAtListed(scope: Scope, position: ResyncPosition): Promise<PageLook> {
  const prefix = scope.prefixes[position.prefix];
  if (prefix === undefined) return { next: { ...position, phase: 'weighing', after: '' }, keys: [] };
  const { objects, unmatched, next } = await listObjects(scope, position.after, { prefix, limit: PAGE });
  const stage = scope.nodes.stage();
  const compared = await compareListed(scope, stage, (await readRoot(scope, position.root)).objects, objects);
  const suspects = await stillOutdated(
    scope,
    position,
    compared.filter(({ upToDate }) => !upToDate),
  );
  const statuses = await scope.status.find(suspects.map(({ key }) => key));
  const standings = await pMap(suspects, object => standing(scope, object, statuses.get(object.key)), {
    concurrency: 16,
  });
  // Rejected content stays so. What the database refused it may accept by now, the version whose rows another lacks may be gone, and an
  // archived object may be restored: these are tried again at each resync, but nothing waits for them.
  const keys = suspects.filter((_, index) => standings[index] !== 'content').map(({ key }) => key);
  const known = compared.flatMap(({ entry }) => entry ?? []);
  return {
    next: {
      ...position,
      ...(next === null ? { prefix: position.prefix + 1, after: '' } : { after: next }),
      listed: position.listed + compared.length,
      ...(unmatched.length > 0 && { unmatched: withUnmatched(position.unmatched, unmatched) }),
      known: position.known + known.length,
      knownRows: position.knownRows + known.reduce((sum, { rows }) => sum + rows, 0),
      open: position.open + keys.length,
      tolerated: position.tolerated + standings.filter(one => one === 'passing' || one === 'unread').length,
    },
    keys,
  };
}

/** Leaves out what was brought up to date since the resync began. */
async function stillOutdated(
  scope: Scope,
  { root }: ResyncPosition,
  suspects: readonly Compared[],
): Promise<readonly Compared[]> {
  const now = (await scope.head.read())?.root ?? '';
  if (suspects.length === 0 || now === root) return suspects;
  const compared = await compareListed(scope, scope.nodes.stage(), (await readRoot(scope, now)).objects, suspects);
  return compared.filter(({ upToDate }) => !upToDate);
}

/** Whether the listing left tracked objects out: they are gone, or no source reads them any more. */
export async function lacksTracked(scope: Scope, { root, known }: ResyncPosition): Promise<boolean> {
  const stage = scope.nodes.stage();
  return known !== (await sizeOf(stage, (await readRoot(scope, root)).objects));
}

/** Sums up the rows of a page of tracked objects. */
export async function weighTracked(scope: Scope, position: ResyncPosition): Promise<ResyncPosition> {
  const { entries, last } = await trackedPage(scope, position);
  const unread = entries.filter(({ key }) => scope.sourceOf(key) === undefined);
  const sum = (some: typeof entries) => some.reduce((total, { rows }) => total + rows, 0);
  const weighed = {
    ...position,
    rows: position.rows + sum(entries),
    unreadRows: position.unreadRows + sum(unread),
    unreadObjects: position.unreadObjects + unread.length,
  };
  return last === null ? { ...weighed, phase: 'gone', after: '' } : { ...weighed, after: last };
}

/** Finds objects among a page of tracked ones that the bucket no longer has, or that no source reads any more. */
export async function lookForGone(scope: Scope, position: ResyncPosition): Promise<PageLook> {
  const { entries, last } = await trackedPage(scope, position);
  const gone = await pMap(
    entries,
    async ({ key }) => scope.sourceOf(key) === undefined || (await headIfAllowed(scope, key)) === null,
    { concurrency: 32 },
  );
  const keys = entries.filter((_, index) => gone[index]).map(({ key }) => key);
  const open = position.open + keys.length;
  const next = last === null ? ({ phase: 'settling', after: '' } as const) : { after: last };
  return { next: { ...position, ...next, open }, keys };
}

async function trackedPage(scope: Scope, { root, after }: ResyncPosition) {
  const entries = await firstEntries(scope.nodes.stage(), (await readRoot(scope, root)).objects, after, PAGE);
  const last = entries.length < PAGE ? null : (entries[entries.length - 1]?.[0] ?? null);
  return { entries: entries.map(([, text]) => decodeObject(text)), last };
}

/** Why an object stays outdated for now: what rejected it, or that it can't be read; null: looking at it may help. */
async function standing(
  scope: Scope,
  object: Compared,
  status: ObjectStatus | undefined,
): Promise<'content' | 'passing' | 'unread' | null> {
  const { key, etag } = object;
  if (status === undefined) return null;
  const isOfNow = isSameReading(status, { etag, source: scope.sourceOf(key)?.fingerprint });
  if (status.state === 'unread') return isOfNow ? 'unread' : null;
  const rejection = await rejectionOf(scope, object, status);
  if (rejection === null) return null;
  return mayPass(rejection) ? 'passing' : 'content';
}

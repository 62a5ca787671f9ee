import type { Compared } from '../bucket/listing.ts';
import { isSameReading } from '../bucket/same-version.ts';
import type { Scope } from '../scope.ts';
import type { ObjectStatus } from '../state/object-status.ts';

/**
 * How an object of the bucket stands.
 *
 * - `applied`: the graph has its present version.
 * - `pending`: its present version, or its deletion, was not looked at yet.
 * - `partly`: slices of it are in the graph, more transactions must follow.
 * - the others as its status says: `rejected` (the version before is in force), `unread` (archived, not permitted, hanging).
 */
export type Standing =
  | 'applied'
  | 'pending'
  | 'partly'
  | Exclude<ObjectStatus['state'], 'applied' | 'deleted' | 'unmatched'>;

/** Standings of objects that nothing more will happen to until somebody acts. */
const AT_REST: Readonly<Record<Standing, boolean>> = {
  applied: true,
  pending: false,
  partly: false,
  rejected: true,
  unread: true,
};

/** All standings, in the order in which they are shown. */
export const STANDINGS = Object.keys(AT_REST) as readonly Standing[];

/** Tells whether an object waits for nothing but people. */
export function isAtRest(standing: Standing): boolean {
  return AT_REST[standing];
}

/** An object, how it stands and, where it isn't applied, what its status says. */
export interface StandingObject {
  readonly key: string;
  readonly standing: Standing;
  /** Undefined: there is none, or it is of another version. */
  readonly status?: ObjectStatus;
  /** When its present version was put (ms since 1970), where the store says. */
  readonly modified?: number;
}

/** Tells how a listed object stands. Reads its status, unless it is applied. */
export async function standingOf(scope: Scope, object: Compared): Promise<StandingObject> {
  const { key, etag, entry, upToDate, modified } = object;
  const about = { key, ...(modified !== undefined && { modified }) };
  if (upToDate) return { ...about, standing: 'applied' };
  const status = await scope.status.get(key);
  if (status !== null && isSameReading(status, { etag, source: scope.sourceOf(key)?.fingerprint })) {
    const { state, searching } = status;
    // Until the search for the version in force is complete, the object is looked at again.
    if (state !== 'applied' && state !== 'deleted' && state !== 'unmatched' && searching !== true)
      return { ...about, standing: state, status };
  }
  return { ...about, standing: entry?.etag === '' ? 'partly' : 'pending' };
}

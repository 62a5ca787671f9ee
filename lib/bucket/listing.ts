import pMap from 'p-map';
import { isIgnoredKey } from '../files/keys/ignored-key.ts';
import type { LakeTable } from '../files/keys/lake-table.ts';
import type { ListedObject, ObjectPage } from '../files/object-store.ts';
import type { Scope } from '../scope.ts';
import { decodeObject, type ObjectEntry, objectId } from '../state/object-entry.ts';
import type { ObjectStatus } from '../state/object-status.ts';
import { lookup, type Nodes } from '../state/tree.ts';
import { headIfAllowed } from './objects.ts';
import { isSameReading, isSameVersion } from './same-version.ts';

/** A listed object and what tracked state has of it. */
export interface Compared extends ListedObject {
  readonly id: string;
  readonly entry: ObjectEntry | undefined;
  /** See `ObjectLook`. */
  readonly table: LakeTable | null;
  /** As far as a listing tells: a changed content type isn't seen. */
  readonly upToDate: boolean;
}

/** Which objects are listed, and how many. */
export interface Listed {
  /** What their keys begin with. Default: all. */
  readonly prefix?: string;
  /** Default 1,000. */
  readonly limit?: number;
}

/**
 * Lists the next objects of the scope in the order of keys, and among them the keys that no source matches.
 *
 * @param after the key after which to begin; empty: the first
 */
export async function listObjects(
  scope: Scope,
  after: string,
  { prefix = '', limit = 1_000 }: Listed = {},
): Promise<ObjectPage & { readonly unmatched: readonly string[] }> {
  const { objects, next } = await scope.objects.list(after, limit, prefix);
  const [matched, others] = [objects.filter(isOf(scope, true)), objects.filter(isOf(scope, false))];
  return { objects: matched, unmatched: others.map(({ key }) => key).filter(key => !isIgnoredKey(key)), next };
}

function isOf(scope: Scope, matched: boolean): (object: ListedObject) => boolean {
  return ({ key }) => (scope.sourceOf(key) !== undefined) === matched;
}

/** Compares listed objects with an objects tree. */
export async function compareListed(
  scope: Scope,
  nodes: Nodes,
  tree: string,
  objects: readonly ListedObject[],
): Promise<Compared[]> {
  scope.lakes.forget();
  const tables = await pMap(objects, ({ key }) => scope.lakes.tableOf(key), { concurrency: 32 });
  const ids = objects.map(({ key }) => objectId(key));
  const entries = await lookup(nodes, tree, ids);
  return objects.map((object, index) => {
    const { key, etag } = object;
    const id = ids[index] as string;
    const text = entries.get(id);
    const entry = text === undefined ? undefined : decodeObject(text);
    const table = tables[index] ?? null;
    const upToDate = table === null && isSameReading(entry, { etag, source: scope.sourceOf(key)?.fingerprint });
    return { ...object, id, entry, table, upToDate };
  });
}

/**
 * Reads the status of an object that isn't up to date only because this version is rejected by this source, and the graph has
 * the version in force instead; else null. A content rejection is permanent, see `mayPass`.
 *
 * @param known the status, if it was read
 */
export async function rejectionOf(
  scope: Scope,
  { key, etag, entry, table }: Pick<Compared, 'key' | 'etag' | 'entry' | 'table'>,
  known?: ObjectStatus | null,
): Promise<ObjectStatus | null> {
  const status = known ?? (await scope.status.get(key));
  if (status?.state !== 'rejected' || status.searching === true) return null;
  if (!isSameReading(status, { etag, source: scope.sourceOf(key)?.fingerprint })) return null;
  // The source of now may declare more of the version in force.
  if (!isSameReading({ etag: status.inForce, source: status.inForceSource }, entry)) return null;
  if ((status.by === 'table') !== (table !== null)) return null;
  if (table !== null) return status;
  // The same content may have been put again, on top of another version. Where that can't be seen, nothing else can be read.
  const head = await headIfAllowed(scope, key);
  if (head === undefined) return status;
  return head !== null && isSameVersion(head, status) ? status : null;
}

/** Tells whether a rejected version may be acceptable at a later look: to the database, or because it lies on another version. */
export function mayPass({ by }: Pick<ObjectStatus, 'by'>): boolean {
  return by === 'database' || by === 'shrink';
}

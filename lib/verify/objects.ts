/** Compares tracked state with the bucket. */
import pMap from 'p-map';
import { compareListed, listObjects, mayPass, rejectionOf } from '../bucket/listing.ts';
import { headIfAllowed } from '../bucket/objects.ts';
import { isSameContent, isUpToDate } from '../bucket/same-version.ts';
import type { Scope } from '../scope.ts';
import { decodeObject, objectId } from '../state/object-entry.ts';
import { readRoot } from '../state/read-root.ts';
import { EMPTY, firstEntries, lookup } from '../state/tree.ts';
import { countOf } from '../state/tree-node.ts';
import { readPlace } from './place.ts';
import type { ObjectKind } from './report.ts';

/** An object that tracked state has otherwise than the bucket. */
export interface ObjectDifference {
  readonly kind: ObjectKind;
  readonly key: string;
  readonly reason?: string;
  /** Whether looking at it again may help: not where its content was rejected. */
  readonly open: boolean;
}

const DENIED = 'it may not be read';

/** Where in the bucket's listing the next page begins. */
export interface ListingPosition {
  readonly after: string;
  /** The objects tree of the pages before, while it was one and the same; null: it changed. */
  readonly tree: string | null;
  /** Listed objects that are in that tree. */
  readonly known: number;
}

export interface ListedPage {
  readonly listed: number;
  readonly differences: readonly ObjectDifference[];
  /** Null: that was all. */
  readonly next: ListingPosition | null;
  /** Whether tracked objects may be gone from the bucket: not if as many were listed as there are. */
  readonly maybeGone: boolean;
}

/** Finds objects on a page of the listing that were never seen, changed since, or are applied in part. */
export async function compareListing(
  scope: Scope,
  position: ListingPosition | null,
  limit: number,
): Promise<ListedPage> {
  const { objects, next } = await listObjects(scope, position?.after ?? '', { limit });
  const tree = await objectsTree(scope);
  const stage = scope.nodes.stage();
  const compared = await compareListed(scope, stage, tree, objects);
  const suspects = compared.filter(({ upToDate }) => !upToDate).map(({ key }) => key);
  const differences = await lookAgain(scope, suspects);
  const known = (position?.known ?? 0) + compared.filter(({ entry }) => entry !== undefined).length;
  const same = position === null || position.tree === tree ? tree : null;
  if (next !== null) {
    return { listed: objects.length, differences, next: { after: next, tree: same, known }, maybeGone: true };
  }
  const [node] = tree === EMPTY ? [] : await stage.load([tree]);
  const all = node === undefined ? 0 : countOf(node);
  return { listed: objects.length, differences, next: null, maybeGone: same === null || known !== all };
}

/** Finds tracked objects after an object id that the bucket no longer has. @returns where to go on; null: that was all */
export async function findGone(
  scope: Scope,
  after: string,
  limit: number,
): Promise<{ differences: ObjectDifference[]; next: string | null }> {
  const stage = scope.nodes.stage();
  const entries = await firstEntries(stage, await objectsTree(scope), after, limit);
  const keys = entries.map(([, text]) => decodeObject(text).key);
  const heads = await pMap(keys, key => headIfAllowed(scope, key), { concurrency: 32 });
  const suspects = keys.filter((_, index) => heads[index] === null);
  const differences = (await lookAgain(scope, suspects)).filter(({ kind }) => kind === 'gone' || kind === 'inWork');
  return { differences, next: entries.length < limit ? null : (entries[entries.length - 1]?.[0] ?? null) };
}

/**
 * Looks at objects once more: the object, then state, then the object again. While a lease is held a commit may be about to
 * bring the two together, and what changes while it's looked at has its event still to come.
 */
async function lookAgain(scope: Scope, keys: readonly string[]): Promise<ObjectDifference[]> {
  if (keys.length === 0) return [];
  const heads = await pMap(keys, key => headIfAllowed(scope, key), { concurrency: 32 });
  const { head, root } = await readPlace(scope);
  const busy = head !== null && head.holder !== null && head.until > Date.now();
  const { objects } = await readRoot(scope, root);
  const entries = await lookup(scope.nodes.stage(), objects, keys.map(objectId));
  const looked = await pMap(
    keys,
    async (key, index): Promise<ObjectDifference[]> => {
      const present = heads[index];
      const text = entries.get(objectId(key));
      const entry = text === undefined ? undefined : decodeObject(text);
      if (present === undefined)
        return [{ kind: entry === undefined ? 'unseen' : 'stale', key, reason: DENIED, open: true }];
      if (isUpToDate(scope, key, present, entry)) return [];
      if (busy || !isSameContent(present, (await headIfAllowed(scope, key)) ?? null))
        return [{ kind: 'inWork', key, open: true }];
      if (present === null) return [{ kind: 'gone', key, open: true }];
      const rejection = await rejectionOf(scope, { key, etag: present.etag, entry, table: present.table ?? null });
      if (rejection !== null) {
        const { reason = '' } = rejection;
        return [{ kind: 'rejected', key, reason, open: mayPass(rejection) }];
      }
      if (entry === undefined) return [{ kind: 'unseen', key, open: true }];
      return [{ kind: entry.etag === '' ? 'halfSliced' : 'stale', key, open: true }];
    },
    { concurrency: 16 },
  );
  return looked.flat();
}

async function objectsTree(scope: Scope): Promise<string> {
  return (await readRoot(scope, (await readPlace(scope)).root)).objects;
}

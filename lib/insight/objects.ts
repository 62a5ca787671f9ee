/** Goes through the objects of the bucket and tells how each stands. */
import pMap from 'p-map';
import { compareListed, listObjects } from '../bucket/listing.ts';
import type { Scope } from '../scope.ts';
import { decodeObject } from '../state/object-entry.ts';
import { readRoot } from '../state/read-root.ts';
import { EMPTY, scan } from '../state/tree.ts';
import { type StandingObject, standingOf } from './standing.ts';

/** A part of the objects, in the order of keys; then those that are gone from the bucket and still in the graph. */
export interface ObjectsPage {
  readonly objects: readonly StandingObject[];
  /** The root that they were compared with. */
  readonly root: string;
  /** The key after which to go on; null: the bucket has no more. */
  readonly next: string | null;
}

/** Statuses read at once. */
const PARALLEL = 16;

/** Objects of a page of the bucket's listing. */
const PAGE_SIZE = 1_000;

/**
 * Reads the next objects whose key begins with a prefix.
 *
 * @param after the key after which to begin; empty: from the first
 */
export async function readObjects(
  scope: Scope,
  { prefix = '', after = '', limit = PAGE_SIZE }: { prefix?: string; after?: string; limit?: number },
): Promise<ObjectsPage> {
  const page = await listObjects(scope, after, { prefix, limit });
  // The objects first, then head: so what is up to date stays so until the root moves.
  const root = (await scope.head.read())?.root ?? EMPTY;
  const { objects: tree } = await readRoot(scope, root);
  const compared = await compareListed(scope, scope.nodes.stage(), tree, page.objects);
  const objects = await pMap(compared, object => standingOf(scope, object), { concurrency: PARALLEL });
  return { objects, root, next: page.next };
}

/**
 * Finds objects that the graph has rows of and the bucket no longer has.
 *
 * @param present keys that the bucket has, all of those with the prefix
 */
export async function readGone(scope: Scope, prefix: string, present: ReadonlySet<string>): Promise<StandingObject[]> {
  const head = await scope.head.read();
  const { objects } = await readRoot(scope, head?.root ?? EMPTY);
  const gone: StandingObject[] = [];
  for await (const entries of scan(scope.nodes.stage(), objects)) {
    for (const [, text] of entries) {
      const { key } = decodeObject(text);
      if (key.startsWith(prefix) && !present.has(key)) gone.push({ key, standing: 'pending' });
    }
  }
  return gone;
}

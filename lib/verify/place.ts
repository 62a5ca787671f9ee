import { readFence } from '../neo4j/fence.ts';
import type { Scope } from '../scope.ts';
import type { Head } from '../state/head.ts';

/** Where a scope stands. */
export interface Place {
  readonly head: Head | null;
  /** The root that the graph is at; where the database isn't this state's, the state's own. */
  readonly root: string;
  /** Whether graph and state are one: the database was neither restored nor wiped, or a resync has settled that. */
  readonly comparable: boolean;
}

/** Times to look while head and fence, which can't be read at once, move. */
const LOOKS = 5;

/** Reads head and fence, taking no lease. */
export async function readPlace(scope: Scope): Promise<Place> {
  let head = await scope.head.read();
  for (let look = 0; look < LOOKS; look += 1) {
    const fence = await readFence(scope.connection.graph, scope.name);
    const before = head;
    head = await scope.head.read();
    if (head === null || fence === null || head.resync !== null || fence.store !== head.store) break;
    // A batch may have been committed and accepted in between: then the head before or after it knows the root.
    const known = [before?.root, before?.pending, head.root, head.pending];
    if (known.includes(fence.root)) return { head, root: fence.root, comparable: true };
  }
  return { head, root: head?.root ?? '', comparable: false };
}

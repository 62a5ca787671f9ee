import { readFence } from '../neo4j/fence/stamp-fence.ts';
import type { Scope } from '../scope.ts';
import type { Head } from '../state/head.ts';
import { EMPTY } from '../state/tree.ts';

/** The root of a scope, and whether graph and state can be compared at it. */
export interface Place {
  readonly head: Head | null;
  /** The root that the graph is at; where the database isn't this state's, the state's own. */
  readonly root: string;
  /**
   * - `together`: graph and state are at one root, and can be compared.
   * - `blank`: no batch has been. The state holds no row and the graph no fence.
   * - `apart`: the database was restored, wiped or replaced, and a resync has yet to settle that.
   */
  readonly standing: 'together' | 'blank' | 'apart';
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
    if (fence === null && hasNoBatch(head)) return { head, root: EMPTY, standing: 'blank' };
    if (head === null || fence === null || head.resync !== null || fence.store !== head.store) break;
    // A batch may have been committed and accepted in between: then the head before or after it knows the root.
    const known = [before?.root, before?.pending, head.root, head.pending];
    if (known.includes(fence.root)) return { head, root: fence.root, standing: 'together' };
  }
  return { head, root: head?.root ?? EMPTY, standing: 'apart' };
}

function hasNoBatch(head: Head | null): boolean {
  return head === null || (head.root === EMPTY && head.pending === null && head.resync === null);
}

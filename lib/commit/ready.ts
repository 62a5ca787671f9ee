import type { Head } from '../state/head.ts';

/** A lease with what a batch can build upon: what the graph holds, and how far that can be relied on. */
export interface Ready {
  readonly epoch: number;
  /** The fence's root: the truth, whatever died before. */
  readonly root: string;
  /** Batches merge and accept missing rows: the graph may differ from the root (restored, wiped) until a resync settles. */
  readonly tolerant: boolean;
  /** Names the resync that must settle (see {@link Head.resync}); null: none. */
  readonly resync: number | null;
  /** Nobody has begun that resync yet. */
  readonly replaced: boolean;
  /** The graph may have rows that this root knows nothing of; the fence lists their tables and columns. */
  readonly hasUntrackedRows: boolean;
}

/** Puts together what is known after a lease. */
export function readyAt(
  head: Pick<Head, 'resync' | 'resyncBegun' | 'hasUntrackedRows'>,
  epoch: number,
  root: string,
): Ready {
  const { resync, resyncBegun, hasUntrackedRows } = head;
  const replaced = resync !== null && resync !== resyncBegun;
  return { epoch, root, tolerant: resync !== null, resync, replaced, hasUntrackedRows };
}

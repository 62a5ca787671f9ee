import { EMPTY } from './tree.ts';

/**
 * The one mutable record of a scope. All changes are conditional; the timeline of a batch:
 *
 *     acquire: epoch + 1 ── propose: pending = next ── [Neo4j COMMIT] ── accept: root = next, no pending ── release
 */
export interface Head {
  /** The worker or deploy that holds the lease; null: it is free. */
  readonly holder: string | null;
  /** When the lease ends (ms since 1970, the holder's clock: a matter of liveness only; the fence keeps safety). */
  readonly until: number;
  /** Grows with each lease. */
  readonly epoch: number;
  /** Root of the last batch that committed, as far as the head knows. */
  readonly root: string;
  /** Root of a batch that may be committed; null: none under way. */
  readonly pending: string | null;
  /** Hash of the definition that may commit; null: not deployed, the first worker's. */
  readonly definition: string | null;
  /** True after teardown: no worker may commit. */
  readonly closed: boolean;
  /**
   * The resync that must settle, because the database isn't what the state says (restored, wiped): the epoch that found it out.
   * Another number: the database was replaced once more. Null: all is well.
   */
  readonly resync: number | null;
  /** The last of those numbers for which a resync has begun; another than `resync`: one must be started. */
  readonly resyncBegun: number | null;
  /**
   * Whether, until that resync settles, the database may have rows that the state knows nothing of. Their tables and columns
   * are in the fence.
   */
  readonly hasUntrackedRows: boolean;
  /** Whether a person said that the resync may remove as many rows as it likes: by `takeOver` or `adopt`. Until it settles. */
  readonly mayRemove: boolean;
  /** The worker that has waited for the lease longest, as far as those that wait have told; null: none. */
  readonly next: string | null;
  /** Since when it waits (ms since 1970). */
  readonly nextSince: number;
  /** Until when the lease is kept for it (ms since 1970): one that died must not keep others waiting. */
  readonly nextUntil: number;
  /** Identity of this state, also in the fence: one database's scope belongs to one state table. */
  readonly store: string;
}

/** What a change of the head sets; null and false: takes away. */
export type HeadChanges = Partial<Omit<Head, 'definition' | 'store'>>;

/** A worker's place in the line for the lease. */
export interface Waiting {
  readonly holder: string;
  /** Since when it waits (ms since 1970). */
  readonly since: number;
  /** Until when the lease must be kept for it (ms since 1970). */
  readonly until: number;
}

/** On which terms a lease is taken, and what is set with it. The line for it begins anew: those that wait tell so again. */
export interface LeaseTerms {
  readonly holder: string;
  /** Since when it waits (ms since 1970): a worker doesn't go before one that waits longer. Default: it has just come. */
  readonly since?: number;
  /** When the lease ends (ms since 1970). */
  readonly until: number;
  /** Hash of the definition that is put in force. */
  readonly definition: string;
  /**
   * A deploy's terms; undefined: a worker's, which needs the lease free (over, or its own), the scope open, and its definition or
   * none in force, and nobody before it in the line. A deploy needs it free only, and opens the scope.
   */
  readonly deploy?: {
    /** Sets `resync` to the new epoch. */
    readonly resync: boolean;
    /** Takes the lease also from a worker that holds it. */
    readonly insist: boolean;
  };
}

/** The head of a scope that was never used. */
export const NEW_HEAD: Head = {
  holder: null,
  until: 0,
  epoch: 0,
  root: EMPTY,
  pending: null,
  definition: null,
  closed: false,
  resync: null,
  resyncBegun: null,
  hasUntrackedRows: false,
  mayRemove: false,
  next: null,
  nextSince: 0,
  nextUntil: 0,
  store: '',
};

/** What a head has when nobody waits for the lease. */
export const NO_LINE = { next: null, nextSince: 0, nextUntil: 0 } as const satisfies Partial<Head>;

/**
 * Tells whether nobody waits for the lease longer than a worker does, of those that still live. One that holds it is first: where it
 * begins anew after a failure it would else wait for one that waits for it.
 */
export function isFirstInLine(
  head: Pick<Head, 'holder' | 'next' | 'nextSince' | 'nextUntil'>,
  { holder, since }: Pick<Waiting, 'holder' | 'since'>,
  now = Date.now(),
): boolean {
  const { next, nextSince, nextUntil } = head;
  return head.holder === holder || next === null || nextUntil < now || next === holder || nextSince > since;
}

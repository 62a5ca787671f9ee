import { GraphdropError } from '../errors.ts';
import { type Head, type HeadChanges, isFirstInLine } from './head.ts';
import type { HeadStore, RetentionLog, RootMove, Taken } from './state-store.ts';
import { EMPTY } from './tree.ts';

/** Milliseconds for which a place in the line lasts without a sign of life. */
const PLACE_MS = 3_000;

/** Why the lease was refused. */
export type LeaseRefusal = 'held' | 'closed' | 'definition';

/** This worker is no longer the scope's committer: another took over. What it was doing must start again. */
export class LeaseLostError extends GraphdropError {
  readonly code = 'LEASE_LOST';
  override readonly retryable = true;
}

/** Reads and changes the head of one scope: the steps of the commit protocol, over any store. */
export class ScopeHead {
  readonly scope: string;
  readonly #store: HeadStore;
  readonly #log: RetentionLog;

  constructor(scope: string, store: HeadStore, log: RetentionLog) {
    this.scope = scope;
    this.#store = store;
    this.#log = log;
  }

  /** Reads the head, strongly consistent; null: the scope has never been used. */
  async read(): Promise<Head | null> {
    return await this.#store.read();
  }

  /**
   * Becomes (or stays) the holder with a new epoch, if the definition is the scope's and no other worker waits longer.
   *
   * @param since ms since 1970 since when it waits. Default: it has just come
   */
  async acquire(
    holder: string,
    definition: string,
    milliseconds: number,
    since = Date.now(),
  ): Promise<Head | LeaseRefusal> {
    const until = Date.now() + milliseconds;
    return refusalOr(await this.#store.take({ holder, since, definition, until }), definition);
  }

  /**
   * Looks whether the lease may be had by one that waits, at the price of a read, and keeps its place in the line: the lease goes to
   * whichever waits longest. A place that isn't renewed is lost soon, so that one that died keeps nobody waiting.
   *
   * @returns whether to acquire it now
   */
  async mayBeFree(holder: string, since: number): Promise<boolean> {
    const head = await this.#store.read();
    if (head === null) return true;
    const now = Date.now();
    if (!isFirstInLine(head, { holder, since }, now)) return false;
    if (head.holder === null || head.holder === holder || head.until < now) return true;
    if (head.next !== holder || head.nextUntil - now < PLACE_MS / 2)
      await this.#store.lineUp({ holder, since, until: now + PLACE_MS });
    return false;
  }

  /**
   * Becomes the holder for a deploy: puts this definition in force in place of any other, and opens the scope.
   *
   * @param recover has the next worker do as after a replaced database: it recovers tables, schema and claims, which are another
   *   definition's, and has every object looked at
   * @param insist also while a worker holds the lease: with its epoch gone it can commit what it has proposed, no more
   */
  async deploy(
    holder: string,
    definition: string,
    milliseconds: number,
    { recover = false, insist = false }: { readonly recover?: boolean; readonly insist?: boolean } = {},
  ): Promise<Head | LeaseRefusal> {
    const terms = { holder, definition, until: Date.now() + milliseconds, deploy: { resync: recover, insist } };
    return refusalOr(await this.#store.take(terms), definition);
  }

  /** Closes the scope for a teardown: no worker gets the lease any more. @throws LeaseLostError */
  async close(epoch: number): Promise<void> {
    await this.#change(epoch, { closed: true });
  }

  /** Keeps the lease for longer. @throws LeaseLostError */
  async renew(epoch: number, milliseconds: number): Promise<void> {
    await this.#change(epoch, { until: Date.now() + milliseconds });
  }

  /** Raises the epoch over one found in the fence (the state was restored to an older point). @throws LeaseLostError */
  async raise(epoch: number, atLeast: number): Promise<number> {
    await this.#change(epoch, { epoch: atLeast + 1 });
    return atLeast + 1;
  }

  /**
   * Notes the root that a batch is about to commit. Adds that root and the one it replaces to the retention log: a copy of the
   * database that was made just before the batch has the replaced one.
   *
   * @param size of the batch, for people who read the log
   * @throws LeaseLostError
   */
  async propose(
    epoch: number,
    from: string,
    root: string,
    retentionMs: number,
    size: Omit<RootMove, 'from'> = { objects: 0, rows: 0 },
  ): Promise<void> {
    const until = Date.now() + retentionMs;
    // The log comes first: a root that may be committed is never without its entry there.
    await Promise.all([
      from !== EMPTY && this.#log.add(from, until),
      root !== EMPTY && this.#log.add(root, until, { from, ...size }),
    ]);
    await this.#change(epoch, { pending: root });
  }

  /** Notes that a root is committed. @param milliseconds for which the lease is kept from now. Default: as long as it was @throws LeaseLostError */
  async accept(epoch: number, root: string, milliseconds?: number): Promise<void> {
    const until = milliseconds === undefined ? {} : { until: Date.now() + milliseconds };
    await this.#change(epoch, { root, pending: null, ...until });
  }

  /**
   * Sets the root that the database has (it was restored, wiped or swapped), and the resync that must settle.
   *
   * @param untracked whether the database has rows that the state knows nothing of; false: as the head says
   * @throws LeaseLostError
   */
  async requireResync(epoch: number, root: string, untracked = false): Promise<void> {
    await this.#change(epoch, { root, pending: null, resync: epoch, ...(untracked && { hasUntrackedRows: true }) });
  }

  /** Notes that a resync has begun, so that no other is started for the same reason. @throws LeaseLostError */
  async beginResync(epoch: number, resync: number | null): Promise<void> {
    await this.#change(epoch, { resyncBegun: resync });
  }

  /** Notes that a resync found everything up to date. @throws LeaseLostError */
  async settleResync(epoch: number): Promise<void> {
    await this.#change(epoch, { resync: null, resyncBegun: null, hasUntrackedRows: false, mayRemove: false });
  }

  /** Notes that a person told the resync to remove whatever no file declares. @throws LeaseLostError */
  async allowRemoval(epoch: number): Promise<void> {
    await this.#change(epoch, { mayRemove: true });
  }

  /** Gives the lease back; does nothing if another worker has it already. */
  async release(epoch: number): Promise<void> {
    await this.#store.change(epoch, { holder: null, until: 0 });
  }

  async #change(epoch: number, changes: HeadChanges): Promise<void> {
    if (await this.#store.change(epoch, changes)) return;
    throw new LeaseLostError(`${this.scope}: another worker took the lease after epoch ${epoch}`);
  }
}

function refusalOr({ taken, head }: Taken, definition: string): Head | LeaseRefusal {
  if (taken) return head;
  if (head.closed) return 'closed';
  return head.definition !== null && head.definition !== definition ? 'definition' : 'held';
}

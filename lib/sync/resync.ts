import { acquire, ScopeBusyError, withLease } from '../commit/lease.ts';
import type { Ready } from '../commit/ready.ts';
import { recover, recoverFromFiles } from '../commit/recover.ts';
import { retryPassing } from '../commit/retry.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import { sweepUndeclared } from '../verify/sweep.ts';
import { hasEarlierTables, settleDefinition } from './column-migration.ts';
import { type Consent, type HeldBack, isTold, noteHeldBack, objectsHeldBack, rowsHeldBack } from './held-back.ts';
import { lacksTracked, lookAtListed, lookForGone, weighTracked } from './resync-objects.ts';
import { beginning, type ResyncPosition, sizeOf } from './resync-position.ts';
import type { Unmatched } from './unmatched-keys.ts';

/** What a resync found, up to where it is. */
export interface ResyncReport {
  readonly scope: string;
  /** Objects of the bucket that a source matches. */
  readonly listed: number;
  /** Objects that no source matches, though they are where a source's are; left out: none. */
  readonly unmatched?: Unmatched;
  /** Objects in tracked state. */
  readonly tracked: number;
  /** Objects that are not up to date. */
  readonly open: number;
  /** Keys of those that this part found; none where `queue` took them. */
  readonly outdated: readonly string[];
  /** Whether everything is up to date, the database being what the state says. */
  readonly settled: boolean;
  /** To be repeated in a while: the database was replaced and isn't back yet. */
  readonly again: boolean;
  /** Rows removed that a replaced database had and no file declares. */
  readonly swept: number;
  /** What would have been removed, and waits for a person's word; null: nothing. */
  readonly heldBack: HeldBack | null;
  /** Where to go on, time being up; null: it has come to its end. */
  readonly next: ResyncPosition | null;
}

export interface ResyncOptions extends Partial<Consent> {
  /** Where an earlier part stopped. Default: it begins. */
  readonly from?: ResyncPosition | undefined;
  /** Time (ms since 1970) from which no other page is begun; one is in any case. Default: none. */
  readonly deadline?: number;
  /** Takes keys that are not up to date as they are found. Default: the report has them. */
  readonly queue?: (keys: readonly string[]) => Promise<void>;
}

/**
 * Looks at every object of the scope and queues those that are out of date (lib/lambda/sync-context.ts). The one
 * remedy for restores, definition changes, backfill and lost events. Compares by the bucket's listing (ETag) and source; a change
 * of content type alone is seen by its event only. Goes by pages, in memory that doesn't grow with the bucket.
 *
 * After a restore or wipe of the database it must be repeated until `settled`: rows that no file declares are removed
 * when everything else is applied. What would remove more than `maxRemovedShare` of the scope is held back until it is confirmed.
 */
export async function resync(scope: Scope, options: ResyncOptions = {}): Promise<ResyncReport> {
  const from = options.from?.definition === scope.definitionHash ? options.from : undefined;
  const run = { ...options, from };
  try {
    // A function that slept has connections that a gateway in between may have forgotten.
    if (from === undefined) await retryPassing(scope.limits.maxTries, () => lookAtDatabase(scope));
    return await new Resync(scope, run).run();
  } catch (error) {
    if (!(error instanceof MissingNodeError)) throw error;
    // What an earlier part began on may be collected by now, in a state that lacks nothing.
    if (from !== undefined) return await resync(scope, { ...options, from: undefined });
    await withLease(
      await acquire(scope),
      async lease => await beginResync(scope, await recoverFromFiles(scope, lease)),
    );
    return await new Resync(scope, run).run();
  }
}

class Resync {
  readonly #scope: Scope;
  readonly #deadline: number;
  readonly #consent: Consent;
  readonly #queue: (keys: readonly string[]) => Promise<void>;
  readonly #outdated: string[] = [];
  readonly #from: ResyncPosition | undefined;
  #heldBack: HeldBack | null = null;

  constructor(scope: Scope, { from, deadline, confirmed = false, queue }: ResyncOptions) {
    this.#scope = scope;
    this.#from = from;
    this.#deadline = deadline ?? Number.POSITIVE_INFINITY;
    this.#consent = { confirmed };
    this.#queue = queue ?? (async keys => void this.#outdated.push(...keys));
  }

  async run(): Promise<ResyncReport> {
    let position = this.#from ?? (await this.#begin());
    while (position.phase !== 'settling') {
      position = await this.#step(position);
      if (position.phase !== 'settling' && Date.now() >= this.#deadline)
        return await this.#report(position, { next: position });
    }
    return await this.#end(position);
  }

  async #begin(): Promise<ResyncPosition> {
    const head = await this.#scope.head.read();
    return beginning(this.#scope, head?.root ?? '', head?.resync ?? null);
  }

  async #step(position: ResyncPosition): Promise<ResyncPosition> {
    const scope = this.#scope;
    if (position.phase === 'weighing') {
      if (!(await lacksTracked(scope, position))) return { ...position, phase: 'settling', after: '' };
      return await weighTracked(scope, position);
    }
    if (position.phase === 'gone' && position.after === '') {
      const tracked = await this.#tracked(position);
      const held = isTold(this.#consent, await scope.head.read()) ? null : objectsHeldBack(scope, position, tracked);
      this.#heldBack = held;
      if (held !== null) return { ...position, phase: 'settling', open: position.open + (held.objects ?? 0) };
    }
    const { next, keys } = await (position.phase === 'listing' ? lookAtListed : lookForGone)(scope, position);
    if (keys.length > 0) await this.#queue(keys);
    return next;
  }

  async #end(position: ResyncPosition): Promise<ResyncReport> {
    const scope = this.#scope;
    const { wanted } = position;
    const through = position.open === position.tolerated;
    const root = await readRoot(scope, (await scope.head.read())?.root ?? '');
    const unsettled = wanted !== null || hasEarlierTables(scope, root);
    let end: ResyncPosition | 'replaced' = position;
    if (unsettled && through && this.#heldBack === null) {
      end = await this.#settle(position);
      if (end !== 'replaced' && end.sweep !== null) return await this.#report(end, { next: end });
    }
    const head = await scope.head.read();
    const replaced = end === 'replaced' || (head !== null && head.resync !== null && head.resync !== wanted);
    const held = this.#heldBack !== null;
    const again = !held && ((unsettled && !through) || replaced);
    // A commit under way may turn back what was found up to date.
    const quiet = head !== null && head.holder === null && head.pending === null;
    return await this.#report(end === 'replaced' ? position : end, {
      settled: through && !again && !held && quiet,
      again,
    });
  }

  /**
   * Ends a restore (removes what no file declares and says that graph and state are one again) and a change of definition.
   *
   * @returns how far it came; `replaced`: the database was replaced once more since everything was found up to date
   */
  async #settle(position: ResyncPosition): Promise<ResyncPosition | 'replaced'> {
    const scope = this.#scope;
    return await withLease(await acquire(scope, this.#deadline), async lease => {
      const ready = await recover(scope, lease);
      if (ready.resync !== position.wanted) return 'replaced';
      const swept =
        position.wanted === null ? position : await this.#sweep(position, ready, isTold(this.#consent, lease.head));
      if (swept.sweep !== null || this.#heldBack !== null) return swept;
      await settleDefinition(scope, ready);
      if (position.wanted !== null) await scope.head.settleResync(ready.epoch);
      return swept;
    });
  }

  /** Removes what no file declares, once it is known not to be too much. */
  async #sweep(start: ResyncPosition, ready: Ready, told: boolean): Promise<ResyncPosition> {
    const scope = this.#scope;
    let position = start;
    const isSure = told || scope.limits.maxRemovedShare >= 1;
    if (!position.counted && !isSure) {
      const { removed, next } = await this.#sweepOn(position, ready, true);
      position = { ...position, undeclared: position.undeclared + removed, sweep: next };
      if (next !== null) return position;
      this.#heldBack = await rowsHeldBack(scope, position.undeclared, ready.root);
      if (this.#heldBack !== null) return position;
    }
    const { removed, next } = await this.#sweepOn(position, ready, false);
    return { ...position, counted: true, swept: position.swept + removed, sweep: next };
  }

  async #sweepOn({ sweep }: ResyncPosition, ready: Ready, countOnly: boolean): ReturnType<typeof sweepUndeclared> {
    const deadline = this.#deadline;
    return await sweepUndeclared(this.#scope, ready, { deadline, countOnly, ...(sweep !== null && { from: sweep }) });
  }

  async #tracked({ root }: Pick<ResyncPosition, 'root'>): Promise<number> {
    return await sizeOf(this.#scope.nodes.stage(), (await readRoot(this.#scope, root)).objects);
  }

  async #report(
    position: ResyncPosition,
    { settled = false, again = false, next = null }: Partial<Pick<ResyncReport, 'settled' | 'again' | 'next'>>,
  ): Promise<ResyncReport> {
    const { listed, open, swept, unmatched } = position;
    const tracked = await this.#tracked(position);
    const heldBack = this.#heldBack;
    if (next === null) await noteHeldBack(this.#scope, heldBack);
    const outdated = this.#outdated;
    const found = { scope: this.#scope.name, listed, ...(unmatched && { unmatched }), tracked, open, outdated };
    return { ...found, settled, again, swept, heldBack, next };
  }
}

/** With a quiet bucket no worker takes the lease, and so none would notice that the database was replaced. */
async function lookAtDatabase(scope: Scope): Promise<void> {
  try {
    await withLease(await acquire(scope), async lease => await beginResync(scope, await recover(scope, lease)));
  } catch (error) {
    // The worker that holds the lease has looked.
    if (!(error instanceof ScopeBusyError) || error.reason !== 'held') throw error;
  }
}

/** Notes that the resync which the database's state asks for is this one. */
async function beginResync(scope: Scope, { epoch, replaced, resync: wanted }: Ready): Promise<void> {
  if (replaced) await scope.head.beginResync(epoch, wanted);
}

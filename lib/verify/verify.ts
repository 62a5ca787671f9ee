import { retryPassing } from '../commit/retry.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { compareListing, findGone, type ListingPosition, type ObjectDifference } from './objects.ts';
import { readPlace } from './place.ts';
import { OBJECTS, type Position, START } from './position.ts';
import { ReplacedError } from './repair.ts';
import { blankReport, extended, isClean, type PageReport, type VerifyReport } from './report.ts';
import { lookAtDeclared, lookForUndeclared, type Page } from './row-pages.ts';
import { objectSample } from './samples.ts';

/** What there is to say so far, and what to give to the next call. Plain JSON. */
export interface Verification {
  /** Nothing differs. Says so only at the end. */
  readonly clean: boolean;
  readonly report: VerifyReport;
  /** Null: all was looked at. */
  readonly next: Position | null;
}

export interface VerifyOptions {
  /** What the call before answered, to go on from there. */
  readonly before?: Pick<Verification, 'report' | 'next'>;
  /** Puts right what differs: rows at once, objects by having them looked at again. Default: only looks. */
  readonly repair?: { readonly queue: (keys: readonly string[]) => Promise<void> };
  /** Rows, or objects, that are compared at once: what is in memory. Default 1,000. */
  readonly pageSize?: number;
  /** Keys that are told of each kind of difference. Default 10. */
  readonly samples?: number;
  /** Default: no limit. One page is looked at in any case. */
  readonly maxPages?: number;
  /** Time (ms since 1970) at which no other page is begun. Default: none. */
  readonly deadline?: number;
}

/**
 * Compares the graph with tracked state, and tracked state with the bucket, a page at a time: a call that runs out of time
 * says where the next one goes on. Takes no lease to look. What seems to differ is looked at once more with the fence
 * locked, so that no batch commits in between: what a worker is committing is never taken for a difference.
 *
 * With `repair` what differs, and only that, is put right in the way of every batch. May be stopped anywhere and repeated.
 *
 * @throws ScopeBusyError when a repair doesn't get the lease; errors of the database, the bucket, the state
 */
export async function verify(scope: Scope, options: VerifyOptions = {}): Promise<Verification> {
  const { before, maxPages = Number.POSITIVE_INFINITY, deadline = Number.POSITIVE_INFINITY } = options;
  const verifier = new Verifier(scope, options);
  let report = before?.report ?? blankReport(scope.name);
  let next: Position | null = before === undefined ? START : before.next;
  for (let pages = 0; next !== null; pages += 1) {
    if (pages > 0 && (pages >= maxPages || Date.now() >= deadline)) break;
    const page = await verifier.look(next, report);
    report = extended(report, page.report, options.samples ?? SAMPLES);
    next = page.next;
  }
  return { clean: next === null && isClean(report), report, next };
}

const PAGE_SIZE = 1_000;
const SAMPLES = 10;

class Verifier {
  readonly #scope: Scope;
  readonly #options: VerifyOptions;
  readonly #pageSize: number;

  constructor(scope: Scope, options: VerifyOptions) {
    this.#scope = scope;
    this.#options = options;
    this.#pageSize = options.pageSize ?? PAGE_SIZE;
  }

  /** Looks at one page. @param report what the pages before said */
  async look(position: Position, report: VerifyReport): Promise<Page> {
    if (position.phase === 'listing') return await this.#lookAtBucket(position.at);
    if (position.phase === 'tracked') return await this.#lookForGone(position.after);
    const place = await retryPassing(this.#scope.limits.maxTries, () => readPlace(this.#scope));
    if (place.standing === 'blank') return BLANK;
    if (place.standing === 'apart') return REPLACED;
    const options = {
      scope: this.#scope,
      root: await readRoot(this.#scope, place.root),
      repair: this.#options.repair !== undefined,
      pageSize: this.#pageSize,
      deadline: this.#options.deadline ?? Number.POSITIVE_INFINITY,
      named: (table: string) => (this.#options.samples ?? SAMPLES) - (report.tables[table]?.altered.count ?? 0),
    };
    try {
      return position.phase === 'declared'
        ? await lookAtDeclared(options, position)
        : await lookForUndeclared(options, position);
    } catch (error) {
      if (error instanceof ReplacedError) return REPLACED;
      throw error;
    }
  }

  async #lookAtBucket(at: ListingPosition | null): Promise<Page> {
    const page = await retryPassing(this.#scope.limits.maxTries, () => compareListing(this.#scope, at, this.#pageSize));
    const report = { listed: page.listed, ...(await this.#settleObjects(page.differences)) };
    if (page.next !== null) return { report, next: { phase: 'listing', at: page.next } };
    return { report, next: page.maybeGone ? { phase: 'tracked', after: '' } : null };
  }

  async #lookForGone(after: string): Promise<Page> {
    const { differences, next } = await retryPassing(this.#scope.limits.maxTries, () =>
      findGone(this.#scope, after, this.#pageSize),
    );
    const report = await this.#settleObjects(differences);
    return { report, next: next === null ? null : { phase: 'tracked', after: next } };
  }

  async #settleObjects(differences: readonly ObjectDifference[]): Promise<PageReport> {
    const objects = differences.map(difference => ({ kind: difference.kind, sample: objectSample(difference) }));
    const open = differences.filter(difference => difference.open).map(({ key }) => key);
    if (this.#options.repair === undefined || open.length === 0) return { objects };
    await this.#options.repair.queue(open);
    return { objects, repaired: { queued: open.length } };
  }
}

const BLANK: Page = { report: {}, next: OBJECTS };

const REPLACED: Page = { report: { replaced: true }, next: OBJECTS };

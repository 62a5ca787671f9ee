import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../scope.ts';
import { type ScopeStatus, type StatusOptions, scopeStatus } from './status.ts';

/** How long to wait, and how often to look. */
export interface WaitOptions extends Pick<StatusOptions, 'prefix' | 'samples' | 'batches'> {
  /** When to give up (ms since 1970). */
  readonly until: number;
  /** Milliseconds between two looks. Default 2,000. */
  readonly pollMs?: number;
  /** Told each look. */
  readonly onLook?: (status: ScopeStatus) => void;
}

/**
 * Waits until every object with a prefix is in the graph or refused, or time is up.
 *
 * A busy scope is never without a lease, so a second way counts as settled: all objects are up to date at two looks, and the lease
 * that was held at the first was over before the second. What it was about to commit is committed by then, and each later lease
 * looks at its objects anew.
 *
 * @returns the last look: `settled` says whether the wait was over
 */
export async function waitUntilSettled(scope: Scope, options: WaitOptions): Promise<ScopeStatus> {
  const { until, pollMs = 2_000, onLook = () => {}, ...asked } = options;
  let since: number | null = null;
  for (;;) {
    const epoch = (await scope.head.read())?.epoch ?? 0;
    const status = await scopeStatus(scope, { ...asked, deadline: until });
    onLook(status);
    const isIn = isAllIn(status);
    const settled = status.settled || (isIn && since !== null && epoch > since);
    if (settled || Date.now() >= until) return { ...status, settled };
    if (!isIn) since = null;
    else since ??= status.head.epoch;
    await sleep(Math.min(pollMs, Math.max(0, until - Date.now())));
  }
}

/** Tells whether no object waits, whatever is being committed. */
function isAllIn({ next, objects }: ScopeStatus): boolean {
  return next === null && objects.pending === 0 && objects.partly === 0;
}

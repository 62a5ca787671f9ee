import type { Scope, ScopeLimits, Step } from '../../lib/scope.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import type { SyncReport } from '../../lib/sync/sync-report.ts';
import type { WorkerOptions, World } from '../sync/world.ts';

/** Its lease is over soon, and the server gives its transaction up as soon as it can (Neo4j looks every two seconds). */
export const impatient: Partial<ScopeLimits> = { leaseMs: 300, transactionMs: 500, leaseWaitMs: 30_000 };

/** A worker that stands still at one step, as a Lambda does that is frozen or starved. */
export interface PausedWorker {
  readonly scope: Scope;
  /** Lets it go on, and waits for the end of what it does. */
  wake(): Promise<Outcome>;
}

/** How its work ended. */
export type Outcome = { readonly report: SyncReport } | { readonly error: unknown };

/** Lets a worker begin with keys; resolves when it stands still. @throws if it never comes to the step */
export async function pausedAt(
  world: World,
  step: Step,
  keys: readonly string[],
  options: WorkerOptions = {},
): Promise<PausedWorker> {
  const reached = Promise.withResolvers<'reached'>();
  const woken = Promise.withResolvers<void>();
  const scope = world.worker({
    limits: impatient,
    ...options,
    observe: async at => {
      if (at !== step) return;
      reached.resolve('reached');
      await woken.promise;
    },
  });
  const ended = syncObjects(scope, keys).then(
    (report): Outcome => ({ report }),
    (error: unknown): Outcome => ({ error }),
  );
  const first = await Promise.race([reached.promise, ended]);
  if (first !== 'reached') throw new Error(`the worker ended before ${step}`, { cause: first });
  return {
    scope,
    wake: async () => {
      woken.resolve();
      return await ended;
    },
  };
}

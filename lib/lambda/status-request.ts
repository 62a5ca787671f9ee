import * as z from 'zod';
import { GraphdropError } from '../errors.ts';
import { type ScopeStatus, scopeStatus } from '../insight/status.ts';
import { waitUntilSettled } from '../insight/wait.ts';
import { onlyContext } from './only-context.ts';
import type { Worker } from './worker.ts';

/** The payload isn't what the status function takes. */
class StatusRequestError extends GraphdropError {
  readonly code = 'STATUS_REQUEST';
}

const Request = z.strictObject({
  /** Default: the only one. */
  context: z.string().optional(),
  /** Only objects whose key begins so. Default: all. */
  prefix: z.string().default(''),
  /** Waits so long until all of them are in or refused, as long as the function has time. Default: answers at once. */
  waitSeconds: z.number().min(0).max(900).default(0),
  /** Objects told in `open`. Default 20. */
  samples: z.int().min(0).max(1_000).default(20),
});

/** What the function answers. */
export interface StatusAnswer extends ScopeStatus {
  readonly context: string;
}

/**
 * Tells how far a context is: `{ context?, prefix?, waitSeconds?, samples? }`.
 *
 * @param deadline ms since 1970: what was looked at by then is told
 * @throws StatusRequestError, ContextNeededError, UnknownContextError
 */
export async function answerStatus(worker: Worker, event: unknown, deadline: number): Promise<StatusAnswer> {
  const request = Request.safeParse(event ?? {});
  if (!request.success) {
    throw new StatusRequestError(
      `expected { context?, prefix?, waitSeconds?, samples? }: ${z.prettifyError(request.error)}`,
    );
  }
  const { prefix, waitSeconds, samples, context = onlyContext(worker) } = request.data;
  const until = Math.min(deadline, Date.now() + waitSeconds * 1_000);
  const status = await worker.withScope(context, scope =>
    waitSeconds > 0
      ? waitUntilSettled(scope, { prefix, samples, until })
      : scopeStatus(scope, { prefix, samples, deadline }),
  );
  return { context, ...status };
}

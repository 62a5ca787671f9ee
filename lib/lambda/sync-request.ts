import { GraphdropError } from '../errors.ts';
import type { SyncReport } from '../sync/sync-report.ts';
import { fittingReports } from './fitting-answer.ts';
import { parseRequest } from './s3-event.ts';
import { keysOf, type ResyncAnswer, resyncContext, syncContext } from './sync-context.ts';
import { sendResync } from './sync-queue.ts';
import type { Worker } from './worker.ts';

/** Some objects could not be read; whatever else was asked for is done. */
class UnreadObjectsError extends GraphdropError {
  readonly code = 'UNREAD_OBJECTS';
  override readonly retryable = true;

  constructor({ scope, unread }: SyncReport) {
    const [first] = unread;
    const more = unread.length > 1 ? ` (and ${unread.length - 1} more: see the log)` : '';
    super(`${scope}: ${first?.key} could not be read: ${first?.reason}${more}`);
  }
}

/** What a direct invocation answers. */
export interface SyncAnswer {
  readonly reports: readonly (SyncReport | ResyncAnswer)[];
}

/** Answers a direct invocation: fails as a whole if a scope fails, after all have been tried. */
export async function answerSync(worker: Worker, event: unknown, deadline: number): Promise<SyncAnswer> {
  const request = parseRequest(event);
  const contexts =
    request.kind === 'resync' && request.context !== undefined ? [request.context] : worker.contextNames();
  const answer = async (context: string): Promise<SyncReport | ResyncAnswer | null> => {
    if (request.kind === 'objects') return await syncAll(worker, context, keysOf(worker, request), deadline);
    const { queue, ...chain } = request;
    if (queue !== true) return await resyncContext(worker, context, chain, deadline);
    await sendResync(worker.context(context).queueUrl, context, chain);
    return null;
  };
  const settled = await Promise.allSettled(contexts.map(answer));
  const failed = settled.find(result => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const reports = settled.flatMap(result => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  return { reports: fittingReports(reports) };
}

/** @throws UnreadObjectsError */
async function syncAll(
  worker: Worker,
  context: string,
  keys: readonly string[],
  deadline: number,
): Promise<SyncReport> {
  const report = await syncContext(worker, context, keys, deadline);
  if (report.unread.length > 0) throw new UnreadObjectsError(report);
  return report;
}

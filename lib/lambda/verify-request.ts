import * as z from 'zod';
import { GraphdropError } from '../errors.ts';
import { KEY_KINDS } from '../neo4j/statements/row-queries.ts';
import type { Position } from '../verify/position.ts';
import type { VerifyReport } from '../verify/report.ts';
import { type Verification, verify } from '../verify/verify.ts';
import { log } from './log.ts';
import { onlyContext } from './only-context.ts';
import { sendKeys, sendResync } from './sync-queue.ts';
import type { Worker } from './worker.ts';

/** The payload isn't what the verify function takes. */
class VerifyRequestError extends GraphdropError {
  readonly code = 'VERIFY_REQUEST';
}

const position: z.ZodType<Position> = z.union([
  z.strictObject({ phase: z.literal('declared'), table: z.string(), after: z.string() }),
  z.strictObject({
    phase: z.literal('undeclared'),
    table: z.string(),
    kind: z.enum([...KEY_KINDS, 'unkeyed']),
    after: z.string().nullable(),
  }),
  z.strictObject({
    phase: z.literal('listing'),
    at: z.strictObject({ after: z.string(), tree: z.string().nullable(), known: z.number() }).nullable(),
  }),
  z.strictObject({ phase: z.literal('tracked'), after: z.string() }),
]);

const Request = z.strictObject({
  /** Default: the only one. */
  context: z.string().optional(),
  /** Default false. */
  repair: z.boolean().default(false),
  // Of an answer that is handed in again to be continued:
  clean: z.boolean().optional(),
  report: z.custom<VerifyReport>(value => typeof value === 'object' && value !== null).optional(),
  next: position.nullish(),
});

/** What the function answers. While `next` isn't null, to be invoked again with the whole answer. */
export interface VerifyAnswer extends Verification {
  readonly context: string;
  readonly repair: boolean;
}

/**
 * Compares graph, tracked state and bucket of a context until the deadline: `{ context?, repair? }`, or what was answered before.
 *
 * @throws VerifyRequestError
 */
export async function answerVerify(worker: Worker, event: unknown, deadline: number): Promise<VerifyAnswer> {
  const request = Request.safeParse(event ?? {});
  if (!request.success)
    throw new VerifyRequestError(
      `expected { context?, repair? }, or an answer to go on from: ${z.prettifyError(request.error)}`,
    );
  const { repair, report, next, context = onlyContext(worker) } = request.data;
  const { queueUrl } = worker.context(context);
  const { bucket } = worker.environment;
  const answer = await worker.withScope(context, async scope => {
    return await verify(scope, {
      ...(report !== undefined && next && { before: { report, next } }),
      ...(repair && { repair: { queue: async (keys: readonly string[]) => await sendKeys(queueUrl, bucket, keys) } }),
      deadline,
    });
  });
  if (answer.next === null && repair && answer.report.replaced) await sendResync(queueUrl, context);
  log({ level: answer.next === null && !answer.clean ? 'warn' : 'info', event: 'verified', ...answer });
  return { context, repair, ...answer };
}

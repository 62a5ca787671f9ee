import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { GraphdropError } from '../lib/graph/errors.ts';
import { KEY_KINDS } from '../lib/neo4j/row-queries.ts';
import type { VerifyReport } from '../lib/verify/report.ts';
import { type Position, type Verification, verify } from '../lib/verify.ts';
import { log } from './log.ts';
import { sendKeys, sendResync } from './sync-queue.ts';
import { Worker } from './worker.ts';

/** The payload isn't what this function takes. */
export class VerifyRequestError extends GraphdropError {
  readonly code = 'VERIFY_REQUEST';
}

const position: z.ZodType<Position> = z.union([
  z.strictObject({ phase: z.literal('rows'), table: z.string(), after: z.string() }),
  z.strictObject({
    phase: z.literal('extras'),
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

/** Left for the page that is under way, its repair and the answer. */
const MARGIN_MS = 120_000;

const worker = new Worker();

/**
 * Compares graph, tracked state and bucket of a context: `{ context?, repair? }`, or what it answered before. For direct
 * invocations and Step Functions.
 */
export const handler = middy().handler(async (event: unknown, invocation: Context): Promise<VerifyAnswer> => {
  await worker.refresh();
  const request = Request.safeParse(event ?? {});
  if (!request.success)
    throw new VerifyRequestError(
      `expected { context?, repair? }, or an answer to go on from: ${z.prettifyError(request.error)}`,
    );
  const { repair, report, next, context = onlyContext() } = request.data;
  const { queueUrl } = worker.context(context);
  const { bucket } = worker.environment;
  const answer = await worker.withScope(context, async scope => {
    return await verify(scope, {
      ...(report !== undefined && next && { before: { report, next } }),
      ...(repair && { repair: { queue: async (keys: readonly string[]) => await sendKeys(queueUrl, bucket, keys) } }),
      deadline: Date.now() + invocation.getRemainingTimeInMillis() - MARGIN_MS,
    });
  });
  if (answer.next === null && repair && answer.report.replaced) await sendResync(queueUrl, context);
  log({ level: answer.next === null && !answer.clean ? 'warn' : 'info', event: 'verified', ...answer });
  return { context, repair, ...answer };
});

function onlyContext(): string {
  const [context = '', ...others] = worker.contextNames();
  if (others.length > 0) {
    throw new VerifyRequestError(`say which context: { "context": "${[context, ...others].join('" | "')}" }`);
  }
  return context;
}

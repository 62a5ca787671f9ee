import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import flows from '#flow';
import { logRequest } from '../lib/lambda/log.ts';
import { answerVerify, type VerifyAnswer } from '../lib/lambda/verify-request.ts';
import { Worker } from '../lib/lambda/worker.ts';

/** Milliseconds left for the page that is under way, its repair and the answer. */
const MARGIN_MS = 120_000;

const worker = new Worker(flows);

/** Compares graph, tracked state and bucket of a context. For direct invocations and Step Functions. */
export const handler = middy()
  .use(logRequest())
  .handler(async (event: unknown, invocation: Context): Promise<VerifyAnswer> => {
    await worker.refresh();
    return await answerVerify(worker, event, Date.now() + invocation.getRemainingTimeInMillis() - MARGIN_MS);
  });

import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import flows from '#flow';
import { describeError, log, logRequest } from '../lib/lambda/log.ts';
import { messagesOf, syncMessages } from '../lib/lambda/sync-messages.ts';
import { answerSync, type SyncAnswer } from '../lib/lambda/sync-request.ts';
import { Worker } from '../lib/lambda/worker.ts';

/** Of the time that an invocation has, what may pass before it begins something new; the rest is for what is under way. */
const SHARE_TO_BEGIN = 2 / 3;

const worker = new Worker(flows);

/**
 * Makes the graph follow objects. Takes SQS batches (EventBridge or direct S3 events, or requests, in the body), the same
 * events bare, `{ bucket, keys }`, and `{ resync: true, context? }`.
 */
export const handler = middy()
  .use(logRequest())
  .onError(({ error, event }) => {
    log({ level: 'error', event: 'sync-failed', error: describeError(error), records: messagesOf(event)?.length });
  })
  .handler(async (event: unknown, invocation: Context): Promise<SQSBatchResponse | SyncAnswer> => {
    const deadline = Date.now() + SHARE_TO_BEGIN * invocation.getRemainingTimeInMillis();
    await worker.refresh();
    const messages = messagesOf(event);
    return messages === null
      ? await answerSync(worker, event, deadline)
      : await syncMessages(worker, messages, deadline);
  });

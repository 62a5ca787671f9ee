import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { describeError, log, logRequest } from '../lib/lambda/log.ts';
import { QueryConnections } from '../lib/lambda/query/connections.ts';
import { readPolicy } from '../lib/lambda/query/read-policy.ts';
import { answerTask } from '../lib/lambda/query/task.ts';
import { answerUrl, isUrlEvent } from '../lib/lambda/query/url.ts';

/** Where no Lambda runtime says how much time there is. */
const DEFAULT_TIME_MS = 60_000;

const connections = new QueryConnections();
const policy = readPolicy();

/**
 * Neo4j's `POST /db/{databaseName}/tx/commit` over the stack's own connections. Takes requests of its function URL, with
 * the caller's Basic credentials (or the caller's IAM identity), and `{ database | context, statements, accessMode? }` as a Lambda
 * task, with those of the context's secret: read access unless `accessMode` is `WRITE` and the stack allows it.
 */
export const handler = middy()
  .use(logRequest())
  .onError(({ error }) => {
    log({ level: 'error', event: 'query-failed', error: describeError(error) });
  })
  .handler(async (event: unknown, context?: Partial<Context>): Promise<unknown> => {
    await connections.refresh();
    const remaining = context?.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS;
    return await (isUrlEvent(event) ? answerUrl : answerTask)(connections, policy, event as never, remaining);
  });

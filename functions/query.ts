import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { log } from './log.ts';
import { QueryConnections } from './query-connections.ts';
import { answerTask } from './query-task.ts';
import { answerUrl, isUrlEvent } from './query-url.ts';

/** Where no Lambda runtime says how much time there is. */
const DEFAULT_TIME_MS = 60_000;

const connections = new QueryConnections();

/**
 * Neo4j's `POST /db/{databaseName}/tx/commit` over the stack's own connections. Takes requests of its function URL, with
 * the caller's Basic credentials, and `{ database | context, statements, accessMode? }` as a Lambda task, with those of
 * the context's secret: read access unless `accessMode` is `WRITE`.
 */
export const handler = middy()
  .onError(({ error }) => {
    const { name, message, code } = (error ?? {}) as Error & { code?: string };
    log({ level: 'error', event: 'query-failed', error: { name, message, code } });
  })
  .handler(async (event: unknown, context?: Partial<Context>): Promise<unknown> => {
    await connections.refresh();
    const remaining = context?.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS;
    return await (isUrlEvent(event) ? answerUrl : answerTask)(connections, event as never, remaining);
  });

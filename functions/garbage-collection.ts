import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { collectAllGarbage } from '../lib/lambda/collect-garbage.ts';
import { readEnvironment } from '../lib/lambda/environment.ts';
import { logRequest } from '../lib/lambda/log.ts';
import type { CollectionReport } from '../lib/state/garbage-collection.ts';

/** Milliseconds left for what is under way when the time of a garbage collection is up. */
const MARGIN_MS = 60_000;

const { table } = readEnvironment();

/** Deletes the tree nodes of all scopes that no root needs any more. Runs by schedule; safe while workers commit. */
export const handler = middy()
  .use(logRequest())
  .handler(
    async (_event: unknown, invocation: Context): Promise<Record<string, CollectionReport>> =>
      await collectAllGarbage(table, Date.now() + invocation.getRemainingTimeInMillis() - MARGIN_MS),
  );

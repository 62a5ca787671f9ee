import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { type CollectionReport, collect } from '../lib/state/collect.ts';
import { ContextItems } from '../lib/state/contexts.ts';
import { scopeName } from '../lib/state/items.ts';
import { NodeTable } from '../lib/state/node-table.ts';
import { fairDeadline, inTurn } from '../lib/state/turns.ts';
import { readEnvironment } from './environment.ts';
import { log } from './log.ts';

const client = new DynamoDBClient();
const { table } = readEnvironment();

/** Left for what is under way when the time of a collection is up. */
const MARGIN_MS = 60_000;

/**
 * Deletes the tree nodes of all scopes that no root needs any more. Runs by schedule; safe beside everything else. No scope
 * takes the time of others: each has its share, and the day it comes last what all others left. Fails if a scope did, after
 * all have been tried.
 */
export const handler = middy().handler(
  async (_event: unknown, invocation: Context): Promise<Record<string, CollectionReport>> => {
    const end = Date.now() + invocation.getRemainingTimeInMillis() - MARGIN_MS;
    const reports: Record<string, CollectionReport> = {};
    const failures: unknown[] = [];
    const contexts = inTurn([...(await new ContextItems(client, table).inForce())], Date.now());
    for (const [i, [context, { database }]] of contexts.entries()) {
      const scope = scopeName(context, database);
      const deadline = fairDeadline(Date.now(), end, contexts.length - i);
      try {
        reports[scope] = await collect({ client, table, scope, nodes: new NodeTable(client, table, scope), deadline });
        log({ level: 'info', event: 'collected', scope, ...reports[scope] });
      } catch (error) {
        log({ level: 'error', event: 'collection-failed', scope, error: String(error) });
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return reports;
  },
);

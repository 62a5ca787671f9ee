import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { type CollectionReport, collect } from '../lib/state/collect.ts';
import { ContextItems } from '../lib/state/contexts.ts';
import { scopeName } from '../lib/state/items.ts';
import { NodeTable } from '../lib/state/node-table.ts';
import { readEnvironment } from './environment.ts';
import { log } from './log.ts';

const client = new DynamoDBClient();
const { table } = readEnvironment();

/**
 * Deletes the tree nodes of all scopes that no root needs any more. Runs by schedule; safe beside everything else. Fails if
 * a scope did, after all have been tried.
 */
export const handler = middy().handler(async (): Promise<Record<string, CollectionReport>> => {
  const reports: Record<string, CollectionReport> = {};
  const failures: unknown[] = [];
  for (const [context, { database }] of await new ContextItems(client, table).inForce()) {
    const scope = scopeName(context, database);
    try {
      reports[scope] = await collect({ client, table, scope, nodes: new NodeTable(client, table, scope) });
      log({ level: 'info', event: 'collected', scope, ...reports[scope] });
    } catch (error) {
      log({ level: 'error', event: 'collection-failed', scope, error: String(error) });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return reports;
});

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { type CollectionReport, collect } from '../lib/state/collect.ts';
import { scopeName } from '../lib/state/items.ts';
import { NodeTable } from '../lib/state/node-table.ts';
import { readEnvironment } from './environment.ts';
import { log } from './log.ts';

const client = new DynamoDBClient();
const { table, contexts } = readEnvironment();

/** Deletes the tree nodes of all scopes that no root needs any more. Runs by schedule; safe beside everything else. */
export const handler = middy().handler(async (): Promise<Record<string, CollectionReport>> => {
  const reports: Record<string, CollectionReport> = {};
  for (const [context, { database }] of contexts) {
    const scope = scopeName(context, database);
    const report = await collect({ client, table, scope, nodes: new NodeTable(client, table, scope) });
    log({ level: 'info', event: 'collected', scope, ...report });
    reports[scope] = report;
  }
  return reports;
});

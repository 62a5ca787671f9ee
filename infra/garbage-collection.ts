import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, type LambdaFunctionProps } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { acknowledgeSchedule } from './acknowledge.ts';
import { GraphDropFunction, type Observed } from './functions.ts';
import { grantContexts, grantScopes, READ_ACTIONS } from './state-table.ts';

/** What comes by schedule comes again: one that is an hour late, or refused three times, is left out. */
export const SCHEDULED: LambdaFunctionProps = { retryAttempts: 2, maxEventAge: Duration.hours(1) };

export interface GarbageCollectionProps {
  readonly table: ITable;
  readonly environment: Readonly<Record<string, string>>;
  readonly observed: Observed;
}

/** Adds the function that deletes tracked state that nothing needs, once a day: what it deletes is at least a day old. */
export function addGarbageCollection(
  scope: Construct,
  { table, environment, observed }: GarbageCollectionProps,
): GraphDropFunction {
  const collection = new GraphDropFunction(scope, 'GarbageCollection', {
    entry: 'garbage-collection',
    description: 'graphdrop: deletes tracked state that nothing needs any more',
    environment,
    memorySize: 1024,
    timeout: Duration.minutes(15),
    network: {}, // reaches DynamoDB alone
    observed,
    scheduled: true,
  });
  grantContexts(table, collection);
  grantScopes(table, collection, READ_ACTIONS);
  // Nodes of the tree, and notes of how far it came.
  grantScopes(table, collection, ['dynamodb:DeleteItem'], '#?');
  grantScopes(table, collection, ['dynamodb:BatchWriteItem'], '#positions');
  // Results of sources that are no more.
  grantScopes(table, collection, ['dynamodb:BatchWriteItem'], '#memo*');
  const daily = new Rule(scope, 'GarbageCollectionDaily', {
    schedule: Schedule.rate(Duration.days(1)),
    targets: [new LambdaFunction(collection, SCHEDULED)],
  });
  acknowledgeSchedule(daily);
  return collection;
}

import type { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  type ITable,
  Table,
  TableEncryption,
  type WarmThroughput,
} from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { GraphDropFunction } from './functions.ts';

/** Where the deployments of all scopes are. */
const CONTEXTS: typeof import('../lib/state/dynamodb/items.ts').CONTEXT_PARTITION = 'contexts';

/** Every other partition begins with a scope's name, which holds an `@`. */
const SCOPES = '*@*';

/** Lets a function read which contexts there are. The custom resource alone writes that: others parse untrusted files. */
export function grantContexts(table: ITable, target: GraphDropFunction, more: readonly string[] = []): void {
  grant(table, target, CONTEXTS, ['dynamodb:Query', ...more]);
}

/** Lets a function do things with the scopes' own items. No scan: they are found by key. @param partitions of a scope; default: all */
export function grantScopes(
  table: ITable,
  target: GraphDropFunction,
  actions: readonly string[],
  partitions = '*',
): void {
  grant(table, target, SCOPES + (partitions === '*' ? '' : partitions), actions);
}

function grant(table: ITable, target: GraphDropFunction, partitions: string, actions: readonly string[]): void {
  target.addToRolePolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [table.tableArn],
      // Of no key at all ForAllValues is true as well.
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [partitions] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    }),
  );
}

/** What finding everything that is a scope's takes. */
export const READ_ACTIONS: readonly string[] = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];

/** What reading and committing do with a scope's items. */
export const COMMIT_ACTIONS: readonly string[] = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:BatchWriteItem',
];

export interface StateTableProps {
  readonly removalPolicy: RemovalPolicy;
  readonly warmThroughput: WarmThroughput | undefined;
  readonly maxWriteRequestUnits: number | undefined;
}

/** The tracked state of all scopes. */
export function stateTable(scope: Construct, id: string, props: StateTableProps): ITable {
  const { removalPolicy, warmThroughput, maxWriteRequestUnits } = props;
  const table = new Table(scope, id, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'expires',
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.DEFAULT,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy,
    ...(warmThroughput && { warmThroughput }),
    ...(maxWriteRequestUnits !== undefined && { maxWriteRequestUnits }),
  });
  // a matter of types only: optional members of the interface are `T | undefined` in the class
  return table as ITable;
}

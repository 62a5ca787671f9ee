import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Connection } from './connection.ts';
import { GraphDropFunction, type Network } from './functions.ts';

/** The part of the state table that says where the contexts' databases are. */
const CONTEXTS: typeof import('../lib/state/items.ts').CONTEXT_PARTITION = 'contexts';

export interface QueryFunctionProps {
  /** Of all contexts. */
  readonly connections: readonly Connection[];
  readonly table: ITable;
  /** Whether it has a URL of its own. */
  readonly url: boolean;
  readonly concurrency: number | undefined;
  readonly network: Network;
}

/**
 * Answers queries like Neo4j's `POST /db/{databaseName}/tx/commit`: to who may invoke it, and on a URL to who has
 * credentials of the database. It reads which contexts are deployed, and their secrets, and may do
 * nothing else in the account.
 */
export class QueryFunction extends Construct {
  readonly function: GraphDropFunction;
  readonly url: FunctionUrl | undefined;

  constructor(scope: Construct, id: string, props: QueryFunctionProps) {
    super(scope, id);
    const { connections, table, url, concurrency, network } = props;
    this.function = new GraphDropFunction(this, 'Function', {
      entry: 'query',
      description: 'graphdrop: answers queries of the graph',
      environment: { GRAPHDROP_TABLE: table.tableName },
      memorySize: 1024,
      timeout: Duration.minutes(1),
      network,
      concurrency,
    });
    this.function.addToRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: [table.tableArn],
        // Of no key at all ForAllValues is true as well.
        conditions: {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [CONTEXTS] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    );
    for (const connection of connections) {
      for (const statement of connection.readStatements()) this.function.addToRolePolicy(statement);
    }
    if (!url) return;
    // Not IAM: its signature would take the Authorization header, which holds the credentials of the database, and every
    // request has to have those.
    this.url = this.function.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
  }
}

import { CfnOutput, Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Connection } from './connection.ts';
import { GraphDropFunction } from './functions.ts';

/** The part of the state table that says where the contexts' databases are. */
const CONTEXTS: typeof import('../lib/state/items.ts').CONTEXT_PARTITION = 'contexts';

export interface QueryFunctionProps {
  /** Of all contexts. */
  readonly connections: readonly Connection[];
  readonly table: ITable;
  /** Whether it has a URL of its own. */
  readonly url: boolean;
  readonly vpc: IVpc | undefined;
}

/**
 * Answers queries like Neo4j's `POST /db/{databaseName}/tx/commit`: to who may invoke it, and on a URL to who has
 * credentials of the database. It reads which contexts are deployed, and their secrets, and may do
 * nothing else in the account.
 */
export class QueryFunction extends Construct {
  readonly function: GraphDropFunction;
  readonly url: FunctionUrl | undefined;

  constructor(scope: Construct, id: string, { connections, table, url, vpc }: QueryFunctionProps) {
    super(scope, id);
    this.function = new GraphDropFunction(this, 'Function', {
      entry: 'query',
      description: 'graphdrop: answers queries of the graph',
      environment: { GRAPHDROP_TABLE: table.tableName },
      memorySize: 1024,
      timeout: Duration.minutes(1),
      vpc,
    });
    this.function.addToRolePolicy(
      new PolicyStatement({
        actions: ['dynamodb:Query'],
        resources: [table.tableArn],
        conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [CONTEXTS] } },
      }),
    );
    for (const connection of connections) {
      for (const statement of connection.readStatements()) this.function.addToRolePolicy(statement);
    }
    new CfnOutput(scope, 'QueryFunctionName', {
      value: this.function.functionName,
      description: 'invoke it with {"context":"...","statements":[{"statement":"..."}]}',
    });
    if (!url) return;
    // Not IAM: its signature would take the Authorization header, which holds the credentials of the database, and every
    // request has to have those.
    this.url = this.function.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    new CfnOutput(scope, 'QueryUrl', {
      value: this.url.url,
      description: "Neo4j's HTTP API: POST db/{database}/tx/commit",
    });
  }
}

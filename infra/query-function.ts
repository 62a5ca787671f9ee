import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { type FunctionUrl, FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { QueryContext } from '../functions/query-connections.ts';
import type { Connection } from './connection.ts';
import { GraphDropFunction } from './functions.ts';

export interface QueryFunctionProps {
  /** By context. */
  readonly connections: Readonly<Record<string, Connection>>;
  /** Whether it has a URL of its own. */
  readonly url: boolean;
  readonly vpc: IVpc | undefined;
}

/**
 * Answers queries like Neo4j's `POST /db/{databaseName}/tx/commit`: to who may invoke it, and on a URL to who has
 * credentials of the database. It reads the contexts' secrets and may do nothing else in the account.
 */
export class QueryFunction extends Construct {
  readonly function: GraphDropFunction;
  readonly url: FunctionUrl | undefined;

  constructor(scope: Construct, id: string, { connections, url, vpc }: QueryFunctionProps) {
    super(scope, id);
    const contexts = Object.entries(connections).map(([context, { secretId, database }]) => {
      return [context, { secretId, database } satisfies QueryContext] as const;
    });
    this.function = new GraphDropFunction(this, 'Function', {
      entry: 'query',
      description: 'graphdrop: answers queries of the graph',
      environment: { GRAPHDROP_CONTEXTS: Stack.of(this).toJsonString(Object.fromEntries(contexts)) },
      memorySize: 1024,
      timeout: Duration.minutes(1),
      vpc,
    });
    for (const connection of Object.values(connections)) {
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

import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { FunctionUrl } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Connection } from './connection.ts';
import { GraphDropFunction, type Network, type Observed } from './functions.ts';
import type { QueryProps } from './props/query-props.ts';
import type { Resolved } from './props/resolved.ts';
import { readStatements } from './secret-access.ts';
import { grantContexts } from './state-table.ts';

export interface QueryFunctionProps {
  /** Of all contexts. */
  readonly connections: readonly Connection[];
  readonly table: ITable;
  readonly settings: Resolved<QueryProps, 'queryStatements'>;
  readonly network: Network;
  readonly observed: Observed;
}

/**
 * Answers queries like Neo4j's `POST /db/{databaseName}/tx/commit`: of callers that may invoke it, and on a URL of those with
 * credentials of the database. It reads which contexts are deployed, and their secrets, and may do
 * nothing else in the account.
 */
export class QueryFunction extends Construct {
  readonly function: GraphDropFunction;
  readonly url: FunctionUrl | undefined;

  constructor(scope: Construct, id: string, props: QueryFunctionProps) {
    super(scope, id);
    const { connections, table, network, observed } = props;
    const { queryAccess, queryStatements, queryUrl, queryUrlAuth, queryConcurrency } = props.settings;
    this.function = new GraphDropFunction(this, 'Function', {
      entry: 'query',
      description: 'graphdrop: answers queries of the graph',
      environment: { GRAPHDROP_TABLE: table.tableName, GRAPHDROP_QUERY_ACCESS: queryAccess },
      ...(queryStatements && { constants: { GRAPHDROP_QUERY_STATEMENTS: JSON.stringify(queryStatements) } }),
      memorySize: 1024,
      timeout: Duration.minutes(1),
      network,
      observed,
      concurrency: queryConcurrency || undefined,
    });
    grantContexts(table, this.function);
    for (const statement of readStatements(connections)) this.function.addToRolePolicy(statement);
    // An IAM signature takes the Authorization header, which holds the credentials of the database otherwise.
    if (queryUrl) this.url = this.function.addFunctionUrl({ authType: queryUrlAuth });
  }
}

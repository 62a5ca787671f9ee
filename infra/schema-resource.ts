import { CustomResource, Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { SchemaResourceProperties } from '../functions/ddl.ts';
import type { GraphDefinition } from '../lib/graph/definition.ts';
import { acknowledgeProvider } from './acknowledge.ts';
import type { Connection } from './connection.ts';
import { functionLogGroup, GraphDropFunction, type Network } from './functions.ts';
import { TABLE_ACTIONS } from './state-table.ts';

export interface SchemaProviderProps {
  readonly table: ITable;
  readonly network: Network;
}

/** The functions behind the custom resources of all scopes. */
export class SchemaProvider extends Construct {
  readonly onEvent: GraphDropFunction;
  readonly isComplete: GraphDropFunction;
  readonly serviceToken: string;

  constructor(scope: Construct, id: string, props: SchemaProviderProps) {
    super(scope, id);
    const common = {
      entry: 'ddl',
      environment: { GRAPHDROP_TABLE: props.table.tableName },
      memorySize: 512,
      timeout: Duration.minutes(5),
      network: props.network,
    } as const;
    this.onEvent = new GraphDropFunction(this, 'OnEvent', {
      ...common,
      handler: 'onEvent' satisfies keyof typeof import('../functions/ddl.ts'),
      description: 'graphdrop: makes and drops constraints and indexes',
    });
    this.isComplete = new GraphDropFunction(this, 'IsComplete', {
      ...common,
      handler: 'isComplete' satisfies keyof typeof import('../functions/ddl.ts'),
      description: 'graphdrop: waits for indexes, removes the rows on teardown',
    });
    for (const handler of [this.onEvent, this.isComplete]) props.table.grant(handler, ...TABLE_ACTIONS);
    // Outside of any VPC: its own functions reach Lambda, CloudFormation and Step Functions alone.
    const provider = new Provider(this, 'Provider', {
      onEventHandler: this.onEvent,
      isCompleteHandler: this.isComplete,
      queryInterval: Duration.seconds(5),
      totalTimeout: Duration.hours(1),
      logGroup: functionLogGroup(this, 'ProviderLogs'),
    });
    acknowledgeProvider(provider, [this.onEvent, this.isComplete]);
    this.serviceToken = provider.serviceToken;
  }
}

export interface SchemaResourceProps {
  readonly provider: SchemaProvider;
  readonly connection: Connection;
  /** The scope's queue: told to look at every object after a deploy that changes the definition. */
  readonly queue: IQueue;
  readonly definition: GraphDefinition;
  readonly graphRemovalPolicy: SchemaResourceProperties['removalPolicy'];
  readonly takeOver: boolean;
}

/** Constraints and indexes of one scope; deleted, it takes the scope's rows and state along if the policy says so. */
export class SchemaResource extends Construct {
  constructor(scope: Construct, id: string, props: SchemaResourceProps) {
    super(scope, id);
    const { provider, connection, queue } = props;
    // A policy of this scope's own: when a deploy removes the scope, CloudFormation deletes the resource first and then
    // the permission which that needs. In the roles' shared policy it would be gone before.
    const access = new Policy(this, 'ScopeAccess', {
      roles: [provider.onEvent, provider.isComplete].flatMap(handler => handler.role ?? []),
      statements: connection.readStatements(),
    });
    // By the queue's own policy: all policies of a role together have 10,240 characters, for all contexts.
    const send = new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      principals: [provider.onEvent, provider.isComplete].map(({ grantPrincipal }) => grantPrincipal),
    });
    const { policyDependable } = queue.addToResourcePolicy(send);
    const properties: SchemaResourceProperties = {
      context: props.definition.context,
      secretId: connection.secretId,
      database: connection.database,
      queueUrl: queue.queueUrl,
      // byte for byte what a worker makes of the flow: its hash tells old workers from new ones
      definition: JSON.stringify(props.definition),
      removalPolicy: props.graphRemovalPolicy,
      takeOver: props.takeOver ? 'true' : 'false',
    };
    const resource = new CustomResource(this, 'Schema', {
      resourceType: 'Custom::GraphdropSchema',
      serviceToken: provider.serviceToken,
      properties: { ...properties },
    });
    resource.node.addDependency(access, ...(policyDependable ? [policyDependable] : []));
  }
}

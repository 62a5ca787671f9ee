import { CustomResource, Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import type { GraphDefinition } from '../lib/definition/definition.ts';
import { packDefinition } from '../lib/definition/definition-text.ts';
import type { SchemaResourceProperties } from '../lib/lambda/schema-target.ts';
import { acknowledgeProvider } from './acknowledge.ts';
import type { Connection } from './connection.ts';
import { functionLogGroup, GraphDropFunction, type Network, type Observed } from './functions.ts';
import { SecretAccess } from './secret-access.ts';
import { COMMIT_ACTIONS, grantContexts, grantScopes } from './state-table.ts';

export interface SchemaProviderProps {
  readonly table: ITable;
  /** What the stack sets of the limits, as variables of its functions. */
  readonly limits: Record<string, string>;
  readonly network: Network;
  readonly observed: Observed;
  /** Of all scopes. */
  readonly connections: readonly Connection[];
}

/** The functions behind the custom resources of all scopes. */
export class SchemaProvider extends Construct {
  readonly onEvent: GraphDropFunction;
  readonly isComplete: GraphDropFunction;
  readonly serviceToken: string;
  /** Permission to read the secrets, for custom resources to wait for. */
  readonly secrets: SecretAccess;

  constructor(scope: Construct, id: string, props: SchemaProviderProps) {
    super(scope, id);
    const common = {
      entry: 'ddl',
      environment: { GRAPHDROP_TABLE: props.table.tableName, ...props.limits },
      memorySize: 512,
      timeout: Duration.minutes(5),
      network: props.network,
      observed: props.observed,
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
    for (const handler of [this.onEvent, this.isComplete])
      grantContexts(props.table, handler, ['dynamodb:PutItem', 'dynamodb:DeleteItem']);
    // It begins, and takes back what came to nothing. The other commits too: it deletes the rows of tables that went.
    grantScopes(props.table, this.onEvent, [
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'dynamodb:Query',
      'dynamodb:BatchWriteItem',
    ]);
    grantScopes(props.table, this.isComplete, [...COMMIT_ACTIONS, 'dynamodb:Query']);
    // Outside of any VPC: its own functions reach Lambda, CloudFormation and Step Functions alone.
    const provider = new Provider(this, 'Provider', {
      onEventHandler: this.onEvent,
      isCompleteHandler: this.isComplete,
      queryInterval: Duration.seconds(5),
      totalTimeout: Duration.hours(1),
      logGroup: functionLogGroup(this, 'ProviderLogs', props.observed),
    });
    acknowledgeProvider(provider, [this.onEvent, this.isComplete]);
    this.serviceToken = provider.serviceToken;
    this.secrets = new SecretAccess(this, 'Secrets', [this.onEvent, this.isComplete], props.connections);
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
    // By the queue's own policy: all policies of a role together have 10,240 characters, for all contexts.
    const send = new PolicyStatement({
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      principals: [provider.isComplete.grantPrincipal],
    });
    const { policyDependable } = queue.addToResourcePolicy(send);
    const properties: SchemaResourceProperties = {
      context: props.definition.context,
      secretId: connection.secretId,
      database: connection.database,
      queueUrl: queue.queueUrl,
      // What a worker makes of the flow, without a change: its hash tells old workers from new ones.
      definition: packDefinition(props.definition),
      removalPolicy: props.graphRemovalPolicy,
      takeOver: props.takeOver ? 'true' : 'false',
    };
    const resource = new CustomResource(this, 'Schema', {
      resourceType: 'Custom::GraphdropSchema',
      serviceToken: provider.serviceToken,
      properties: { ...properties },
    });
    resource.node.addDependency(...provider.secrets.policies, ...(policyDependable ? [policyDependable] : []));
  }
}

import type { GraphDefinition } from '../definition/definition.ts';
import { unpackDefinition } from '../definition/definition-text.ts';
import type { DeployedScope, Deployment } from '../deploy/deployed-scope.ts';
import { dynamoDbState } from '../state/dynamodb/dynamodb-state.ts';
import { scopeName } from '../state/scope-name.ts';
import { ScopeState } from '../state/scope-state.ts';
import { dynamoClient, secretsClient } from './clients.ts';
import { connectionOf, readSecret } from './connection-secret.ts';
import { readLimits } from './environment.ts';
import { log } from './log.ts';

/** Properties of the custom resource; they arrive as strings. Written by infra/schema-resource.ts. */
export interface SchemaResourceProperties {
  /** Name of the ContextKey. */
  readonly context: string;
  /** Name or ARN of the connection secret. */
  readonly secretId: string;
  readonly database: string;
  /** The scope's queue. */
  readonly queueUrl: string;
  /** A GraphDefinition as `packDefinition` writes it. */
  readonly definition: string;
  /** Whether the graph stays or goes when the resource is deleted. */
  readonly removalPolicy: 'retain' | 'destroy';
  /** Whether the scope may be taken from another stack's state. */
  readonly takeOver: 'true' | 'false';
}

/** The properties with the definition parsed, the scope's name, and the deployment that asks. */
export interface SchemaTarget extends Omit<SchemaResourceProperties, 'definition' | 'takeOver'> {
  readonly definition: GraphDefinition;
  readonly scope: string;
  readonly deployment: Deployment;
  /** Names for people, of the stack and of the resource in it. */
  readonly stack: string;
  readonly resource: string;
}

/** Reads the properties of an event: the present ones, or the old ones of an update. */
export function targetOf(
  { StackId, LogicalResourceId: resource }: { readonly StackId: string; readonly LogicalResourceId: string },
  properties: Record<string, unknown>,
): SchemaTarget {
  const given = properties as unknown as SchemaResourceProperties;
  const { secretId, queueUrl } = given;
  const stack = StackId.split('/')[1] ?? StackId;
  return {
    ...given,
    definition: unpackDefinition(given.definition),
    scope: scopeName(given.context, given.database),
    deployment: {
      // A stack's id has a part of its own each time a stack of that name is made.
      id: `${StackId}/${resource}`,
      name: `${resource} of stack ${stack}`,
      secretId,
      queueUrl,
      takeOver: given.takeOver === 'true',
    },
    stack,
    resource,
  };
}

export function reachesSame(a: SchemaTarget, b: SchemaTarget): boolean {
  return a.scope === b.scope && a.secretId === b.secretId;
}

/** Connects with the secret's present value and closes after use: this runs a few times a deploy. */
export async function withScope<T>(target: SchemaTarget, use: (deployed: DeployedScope) => Promise<T>): Promise<T> {
  const connection = connectionOf(await readSecret(secretsClient(), target.secretId), target.database);
  try {
    const warn = (warning: string) => log({ level: 'warn', event: 'deploy-warning', scope: target.scope, warning });
    return await use({ ...withoutGraph(target), graph: connection.graph, warn });
  } finally {
    await connection.close();
  }
}

/** The scope for work on the state alone, which needs no database. */
export function withoutGraph({ scope, definition, deployment }: SchemaTarget): Omit<DeployedScope, 'graph'> {
  const state = new ScopeState(dynamoDbState(dynamoClient(), process.env.GRAPHDROP_TABLE ?? ''), scope);
  const { stateRetentionDays } = readLimits();
  return { state, scope, definition, deployment, ...(stateRetentionDays && { stateRetentionDays }) };
}

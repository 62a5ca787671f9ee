/**
 * Custom resource of one scope's schema, behind CDK's Provider framework: `onEvent` starts, `isComplete` is asked until
 * the indexes are online, or on delete until everything managed is gone.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type {
  CdkCustomResourceEvent,
  CdkCustomResourceIsCompleteEvent,
  CdkCustomResourceIsCompleteResponse,
  CdkCustomResourceResponse,
} from 'aws-lambda';
import { dropSchema, removeRows } from '../lib/ddl.ts';
import { abandonDeploy, beginDeploy, continueDeploy, dropUndeclared } from '../lib/deploy.ts';
import { type GraphDefinition, tableId } from '../lib/graph/definition.ts';
import { GraphdropError } from '../lib/graph/errors.ts';
import { heldTables } from '../lib/neo4j/held-tables.ts';
import {
  type DeployedScope,
  type Deployment,
  forgetDeployment,
  forgetState,
  isInForce,
  isToBeMended,
  type Leaving,
  noteDeployment,
  withdraw,
} from '../lib/scope-lifecycle.ts';
import { scopeName } from '../lib/state/items.ts';
import { connectionFromSecret } from './connection-secret.ts';
import { log } from './log.ts';
import { sendResync } from './sync-queue.ts';

/** Properties of the custom resource; they arrive as strings. Written by infra/schema-resource.ts. */
export interface SchemaResourceProperties {
  /** Name of the ContextKey. */
  readonly context: string;
  /** Name or ARN of the connection secret. */
  readonly secretId: string;
  readonly database: string;
  /** The scope's queue. */
  readonly queueUrl: string;
  /** A GraphDefinition as JSON. */
  readonly definition: string;
  /** What becomes of the graph when the resource is deleted. */
  readonly removalPolicy: 'retain' | 'destroy';
  /** Whether the scope may be taken from another stack's state. */
  readonly takeOver: 'true' | 'false';
}

/** Begins the deploy; on delete stops the workers. */
export async function onEvent(event: CdkCustomResourceEvent): Promise<CdkCustomResourceResponse> {
  const target = targetOf(event, event.ResourceProperties);
  if (event.RequestType === 'Delete') return { Data: { leaving: await leave(target) } };
  // Changes with the scope only: then, and only then, should CloudFormation delete the old one after the update.
  const PhysicalResourceId = `graphdrop-schema-${target.scope}`;
  const old = event.RequestType === 'Update' ? targetOf(event, event.OldResourceProperties) : undefined;
  // What a rollback asks for, or who changes the removal policy alone, must not need a database that is gone.
  if (old && reachesSame(old, target) && (await isInForce(withoutGraph(target)))) {
    await noteDeployment(withoutGraph(target));
    return { PhysicalResourceId, Data: { unchanged: 'true' } };
  }
  const before = await withScope(target, beginDeploy);
  return { PhysicalResourceId, Data: { before: before ?? '', begun: String(Date.now()) } };
}

/**
 * Opens the scope once rows of tables that went are gone and the indexes are online; on delete removes everything. A part
 * at a time: a large graph takes longer than one invocation may.
 */
export async function isComplete(
  event: CdkCustomResourceIsCompleteEvent,
): Promise<CdkCustomResourceIsCompleteResponse> {
  const target = targetOf(event, event.ResourceProperties);
  const { leaving, unchanged, before, begun = Date.now() } = (event.Data ?? {}) as Partial<Record<string, string>>;
  if (event.RequestType === 'Delete') {
    if (leaving === 'nothing') return { IsComplete: true };
    return { IsComplete: await unlessGone(target, true, scope => tearDown(scope, leaving === 'rows')) };
  }
  if (unchanged === 'true') {
    // What a failed deploy has done to the graph: this is its rollback.
    if (await isToBeMended(withoutGraph(target))) await sendResync(target.queueUrl, target.context);
    return { IsComplete: true };
  }
  const open = await withScope(target, async scope => {
    try {
      return await continueDeploy(scope, Date.now() + PART_MS, Number(begun) + GIVE_UP_MS);
    } catch (error) {
      // No rollback leads back to this scope, but for a Delete (which the provider framework swallows only where `onEvent` failed):
      // that finds a scope that was never opened, and can't tell what was in force before.
      if (event.RequestType === 'Create' || isMoved(event, target))
        await abandonDeploy(scope, before || null).catch(failure => warn('deploy-left-something', failure));
      throw error;
    }
  });
  // Files that were there before, and those whose source has other code now, have no event to come.
  if (open) await sendResync(target.queueUrl, target.context);
  return { IsComplete: open };
}

/** Whether an update goes to another scope than the one that is deployed. */
function isMoved(event: CdkCustomResourceIsCompleteEvent, { scope }: Target): boolean {
  return event.RequestType === 'Update' && targetOf(event, event.OldResourceProperties).scope !== scope;
}

/** Time for one part of a teardown, or of deleting the rows of a table, well inside the function's timeout. */
const PART_MS = 60_000;

/** Long work ends in an error that says what to do, before CloudFormation's hour ends in one that doesn't. */
const GIVE_UP_MS = 55 * 60_000;

/** Closes the scope, and finds out what of it goes along. */
async function leave(target: Target): Promise<Leaving> {
  return await unlessGone(target, 'nothing', scope => withdraw(scope, target.removalPolicy === 'retain'));
}

/** Work of a deletion. With `retain`, a database that is gone doesn't keep the stack from going: `otherwise` is the answer. */
async function unlessGone<T>(target: Target, otherwise: T, work: (deployed: DeployedScope) => Promise<T>): Promise<T> {
  try {
    return await withScope(target, work);
  } catch (error) {
    if (target.removalPolicy === 'destroy') throw cantLeave(target, error);
    warn('graph-not-told', error);
    await forgetDeployment(withoutGraph(target));
    return otherwise;
  }
}

async function tearDown(deployed: DeployedScope, rows: boolean): Promise<boolean> {
  const { graph, scope, definition } = deployed;
  if (rows) {
    const until = Date.now() + PART_MS;
    const held = await heldTables(graph, scope);
    const ids = new Set(held.map(tableId));
    const own = { ...definition, tables: definition.tables.filter(table => ids.has(tableId(table))) };
    // Of other tables (the user's, say) exactly what files declare goes.
    if (!(await dropUndeclared({ ...deployed, definition: own }, until, false))) return false;
    if (!(await removeRows(graph, held, until))) return false;
  }
  await dropSchema(graph, scope);
  await forgetState(deployed);
  return true;
}

/** The scope of a stack that is being deleted can't be taken down. */
class TeardownError extends GraphdropError {
  readonly code = 'TEARDOWN';
}

function cantLeave({ scope, stack, resource }: Target, error: unknown): TeardownError {
  return new TeardownError(
    `${scope} can't be taken down: ${error instanceof Error ? error.message : String(error)}. Delete the stack again when ` +
      'that is mended. To leave the graph as it is instead: deploy with removalPolicy retain and then delete, or after a failed ' +
      `deletion: aws cloudformation delete-stack --stack-name ${stack} --retain-resources ${resource}`,
    { cause: error },
  );
}

function warn(event: string, error: unknown): void {
  log({ level: 'warn', event, error: error instanceof Error ? error.message : String(error) });
}

/** The properties, with the definition parsed, the scope's name, and who asks. */
interface Target extends Omit<SchemaResourceProperties, 'definition' | 'takeOver'> {
  readonly definition: GraphDefinition;
  readonly scope: string;
  readonly deployment: Deployment;
  /** Names for people, of the stack and of the resource in it. */
  readonly stack: string;
  readonly resource: string;
}

function targetOf(
  { StackId, LogicalResourceId: resource }: { readonly StackId: string; readonly LogicalResourceId: string },
  properties: Record<string, unknown>,
): Target {
  const given = properties as unknown as SchemaResourceProperties;
  const { secretId, queueUrl } = given;
  const stack = StackId.split('/')[1] ?? StackId;
  return {
    ...given,
    definition: JSON.parse(given.definition) as GraphDefinition,
    scope: scopeName(given.context, given.database),
    deployment: {
      // The stack's id has a part of its own each time a stack of that name is made.
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

function reachesSame(a: Target, b: Target): boolean {
  return a.scope === b.scope && a.secretId === b.secretId;
}

const secrets = new SecretsManagerClient({});
const dynamo = new DynamoDBClient({});

/** Connects with the secret's present value and closes after use: this runs a few times a deploy. */
async function withScope<T>(target: Target, use: (deployed: DeployedScope) => Promise<T>): Promise<T> {
  const connection = await connectionFromSecret(secrets, target.secretId, target.database);
  try {
    return await use({ ...withoutGraph(target), graph: connection.graph });
  } finally {
    await connection.close();
  }
}

function withoutGraph({ scope, definition, deployment }: Target): Omit<DeployedScope, 'graph'> {
  return { dynamo, table: process.env.GRAPHDROP_TABLE ?? '', scope, definition, deployment };
}

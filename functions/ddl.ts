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
import type { GraphDefinition } from '../lib/graph/definition.ts';
import { claimedOnly } from '../lib/neo4j/claims.ts';
import { closeScope, type DeployedScope, forgetState, leaveGraph } from '../lib/scope-lifecycle.ts';
import { scopeName } from '../lib/state/items.ts';
import { connectionFromSecret } from './connection-secret.ts';
import { sendResync } from './sync-queue.ts';

/** Properties of the custom resource; they arrive as strings. Written by infra/schema-resource.ts. */
export interface SchemaResourceProperties {
  /** Name of the ContextKey. */
  readonly context: string;
  /**
   * Name or ARN of the connection secret. Not in the function's environment: a context that a deploy removes is gone from
   * there before its resource is deleted.
   */
  readonly secretId: string;
  readonly database: string;
  /** The scope's queue. */
  readonly queueUrl: string;
  /** A GraphDefinition as JSON. */
  readonly definition: string;
  /** What becomes of the graph when the resource is deleted. */
  readonly removalPolicy: 'retain' | 'destroy';
}

/** Begins the deploy; on delete stops the workers. */
export async function onEvent(event: CdkCustomResourceEvent): Promise<CdkCustomResourceResponse> {
  const target = targetOf(event.ResourceProperties);
  if (event.RequestType === 'Delete') {
    if (target.removalPolicy === 'destroy') await withScope(target, closeScope);
    else await withScope(target, leaveGraph).catch(error => warn('the graph could not be told that it is left', error));
    return {};
  }
  const before = await withScope(target, beginDeploy);
  return {
    // Changes with the scope only: then, and only then, should CloudFormation delete the old one after the update.
    PhysicalResourceId: `graphdrop-schema-${target.scope}`,
    Data: { before: before ?? '', begun: String(Date.now()) },
  };
}

/**
 * Opens the scope once rows of tables that went are gone and the indexes are online; on delete removes everything. A part
 * at a time: a large graph takes longer than one invocation may.
 */
export async function isComplete(
  event: CdkCustomResourceIsCompleteEvent,
): Promise<CdkCustomResourceIsCompleteResponse> {
  const target = targetOf(event.ResourceProperties);
  const { definition } = target;
  if (event.RequestType === 'Delete') {
    if (target.removalPolicy === 'retain') return { IsComplete: true };
    return { IsComplete: await withScope(target, scope => tearDown(scope, definition)) };
  }
  return withScope(target, async scope => {
    try {
      const { begun = Date.now() } = event.Data ?? {};
      const open = await continueDeploy(scope, Date.now() + PART_MS, Number(begun) + GIVE_UP_MS);
      // Files that were there before, and those whose source has other code now, have no event to come.
      if (open) await sendResync(target.queueUrl, target.context);
      return { IsComplete: open };
    } catch (error) {
      // The framework swallows the Delete that follows a failed Create, so that cleans up after itself.
      if (event.RequestType === 'Create') {
        await abandonDeploy(scope, event.Data?.before || null).catch(failure =>
          warn('the deploy left something', failure),
        );
      }
      throw error;
    }
  });
}

/** Time for one part of a teardown, or of deleting the rows of a table, well inside the function's timeout. */
const PART_MS = 60_000;

/** Long work ends in an error that says what to do, before CloudFormation's hour ends in one that doesn't. */
const GIVE_UP_MS = 55 * 60_000;

async function tearDown(deployed: DeployedScope, definition: GraphDefinition): Promise<boolean> {
  const { graph, scope } = deployed;
  const until = Date.now() + PART_MS;
  const own = await claimedOnly(graph, scope, definition);
  // Of other tables (the user's, say) exactly what files declare goes.
  if (!(await dropUndeclared({ ...deployed, definition: own }, until, false))) return false;
  if (!(await removeRows(graph, own, until))) return false;
  await dropSchema(graph, scope);
  await forgetState(deployed);
  return true;
}

/** With `retain`, a database that is gone must not keep the stack from going. */
function warn(message: string, error: unknown): void {
  console.log(
    JSON.stringify({ level: 'warn', message, error: error instanceof Error ? error.message : String(error) }),
  );
}

/** The properties, with the definition parsed and the scope's name. */
interface Target extends Omit<SchemaResourceProperties, 'definition'> {
  readonly definition: GraphDefinition;
  readonly scope: string;
}

function targetOf(properties: Record<string, unknown>): Target {
  const given = properties as unknown as SchemaResourceProperties;
  const definition = JSON.parse(given.definition) as GraphDefinition;
  return { ...given, definition, scope: scopeName(given.context, given.database) };
}

const secrets = new SecretsManagerClient({});
const dynamo = new DynamoDBClient({});

/** Connects with the secret's present value and closes after use: this runs a few times a deploy. */
async function withScope<T>(target: Target, use: (deployed: DeployedScope) => Promise<T>): Promise<T> {
  const { secretId, database, scope } = target;
  const connection = await connectionFromSecret(secrets, secretId, database);
  const { graph } = connection;
  const { definition } = target;
  try {
    return await use({ dynamo, table: process.env.GRAPHDROP_TABLE ?? '', scope, graph, definition });
  } finally {
    await connection.close();
  }
}

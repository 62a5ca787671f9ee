import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { definitionHash, type GraphDefinition } from './graph/definition.ts';
import { ScopeBusyError } from './lease.ts';
import { checkClaims, keepClaims, writeClaims } from './neo4j/claims.ts';
import { createFence, disownFence } from './neo4j/fence.ts';
import type { GraphDatabase } from './neo4j/graph-database.ts';
import { type Stamped, stampAbove } from './stamp.ts';
import { forgetScope } from './state/forget.ts';
import { type Head, HeadItem } from './state/head.ts';
import { EMPTY } from './state/tree.ts';

/** A scope as a deploy knows it. */
export interface DeployedScope {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  /** `<context>@<database>`. */
  readonly scope: string;
  readonly graph: GraphDatabase;
  readonly definition: GraphDefinition;
  /** Milliseconds to wait for a worker that commits. Default 120,000: longer than a lease lasts by itself. */
  readonly waitMs?: number;
}

const LEASE_MS = 60_000;

/**
 * Puts the definition in force and opens the scope: workers with another one step aside from now on, also those that are
 * in the middle of a batch (the fence has the new epoch). The schema must be there already, and the rows of tables that the
 * definition doesn't have must be gone.
 *
 * @throws ScopeBusyError when a worker keeps the lease, ForeignFenceError when another stack has the scope
 */
export async function openScope(deployed: DeployedScope): Promise<void> {
  const { graph, scope, definition } = deployed;
  const { item, head, stamp, fence } = await seize(deployed);
  try {
    const adopts = await checkClaims(graph, scope, definition);
    // A fence that is missing although there is state: the first worker finds that out and has everything looked at again.
    if (fence === null && head.root === EMPTY && head.pending === null) await createFence(graph, stamp, EMPTY);
    if (adopts) await item.adopt(stamp.epoch, head.root);
    await writeClaims(graph, scope, definition);
    await keepClaims(graph, scope, definition);
  } finally {
    await item.release(stamp.epoch);
  }
}

/** Closes the scope for a teardown: who commits is waited for, and nobody commits any more. */
export async function closeScope(deployed: DeployedScope): Promise<void> {
  const { item, stamp } = await seize(deployed);
  await item.close(stamp.epoch);
  await item.release(stamp.epoch);
}

/** Closes the scope and leaves the graph as it is, for whoever deploys the scope next. */
export async function leaveGraph(deployed: DeployedScope): Promise<void> {
  const { item, stamp } = await seize(deployed);
  await item.close(stamp.epoch);
  await disownFence(deployed.graph, stamp);
  await item.release(stamp.epoch);
}

/** Deletes the scope's tracked state. Only after {@link closeScope}, when the graph's rows are gone. */
export async function forgetState({ dynamo, table, scope }: DeployedScope): Promise<void> {
  await forgetScope(dynamo, table, scope);
}

interface Seized extends Stamped {
  readonly item: HeadItem;
  readonly head: Head;
}

/**
 * Takes the lease, waiting for who has it, puts a definition in force and stamps the fence.
 *
 * @throws ScopeBusyError when a worker keeps the lease, ForeignFenceError when another stack has the scope
 */
export async function seize(
  deployed: DeployedScope,
  definition = definitionHash(deployed.definition),
): Promise<Seized> {
  const { dynamo, table, scope, graph, waitMs = 120_000 } = deployed;
  const item = new HeadItem(dynamo, table, scope);
  const owner = randomUUID();
  const deadline = Date.now() + waitMs;
  let head = await item.deploy(owner, definition, LEASE_MS);
  while (typeof head === 'string') {
    if (Date.now() > deadline) {
      throw new ScopeBusyError(`${scope}: a worker kept the lease for ${waitMs} ms; deploy again`, head);
    }
    await sleep(500);
    head = await item.deploy(owner, definition, LEASE_MS);
  }
  const { epoch, store } = head;
  return { item, head, ...(await stampAbove(item, graph, { scope, definition, epoch, store })) };
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { definitionHash, type GraphDefinition } from './graph/definition.ts';
import { DefinitionError } from './graph/errors.ts';
import { ScopeBusyError } from './lease.ts';
import { checkClaims, writeClaims } from './neo4j/claims.ts';
import { createFence, disownFence, type Fence, type Stamp, stampFence } from './neo4j/fence.ts';
import type { GraphDatabase } from './neo4j/graph-database.ts';
import { forgetScope } from './state/forget.ts';
import { type Head, HeadItem } from './state/head.ts';
import { NodeTable } from './state/node-table.ts';
import { decodeRoot } from './state/root.ts';
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
 * in the middle of a batch (the fence has the new epoch). The schema must be there already.
 *
 * @throws ScopeBusyError when a worker keeps the lease, ForeignFenceError when another stack has the scope
 */
export async function openScope(deployed: DeployedScope): Promise<void> {
  const { graph, scope, definition } = deployed;
  const { item, head, stamp, fence } = await seize(deployed);
  try {
    await refuseRekeyedTables(deployed, head);
    const adopts = await checkClaims(graph, scope, definition);
    // A fence that is missing although there is state: the first worker finds that out and has everything looked at again.
    if (fence === null && head.root === EMPTY && head.pending === null) await createFence(graph, stamp, EMPTY);
    if (adopts) await item.adopt(stamp.epoch, head.root);
    await writeClaims(graph, scope, definition);
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

/**
 * With another primary key a label is another table, but its nodes are the same: what the new table writes, the old one's
 * removal would delete. So the old table must be gone first.
 */
async function refuseRekeyedTables({ dynamo, table, scope, definition }: DeployedScope, head: Head): Promise<void> {
  if (head.root === EMPTY) return;
  const stored = await new NodeTable(dynamo, table, scope).find([head.root]);
  const { tables } = decodeRoot(stored.get(head.root) ?? '{"objects":"","tables":[]}');
  for (const { table: present } of tables.values()) {
    if (present.kind !== 'node') continue;
    const next = definition.tables.find(other => other.kind === 'node' && other.label === present.label);
    if (next === undefined || next.primaryKey === present.primaryKey) continue;
    throw new DefinitionError(
      `the primary key of ${present.label} can't change from ${present.primaryKey} to ${next.primaryKey} while it has rows: ` +
        'deploy without the table first, wait until its nodes are gone, then add it again',
    );
  }
}

interface Seized {
  readonly item: HeadItem;
  readonly head: Head;
  readonly stamp: Stamp;
  readonly fence: Fence | null;
}

/** Takes the lease, waiting for who has it, puts the definition in force and stamps the fence. */
async function seize(deployed: DeployedScope): Promise<Seized> {
  const { dynamo, table, scope, graph, waitMs = 120_000 } = deployed;
  const definition = definitionHash(deployed.definition);
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
  let stamp: Stamp = { scope, definition, epoch: head.epoch, store: head.store };
  try {
    let fence = await stampFence(graph, stamp);
    while (fence !== null && fence.epoch > stamp.epoch) {
      stamp = { ...stamp, epoch: await item.raise(stamp.epoch, fence.epoch) };
      fence = await stampFence(graph, stamp);
    }
    return { item, head, stamp, fence };
  } catch (error) {
    await item.release(stamp.epoch).catch(() => {});
    throw error;
  }
}

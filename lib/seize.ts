import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { definitionHash, type GraphDefinition } from './graph/definition.ts';
import { type Fence, type Stamp, stampFence } from './neo4j/fence.ts';
import type { GraphDatabase } from './neo4j/graph-database.ts';
import { releaseFence } from './neo4j/holders.ts';
import { type Head, HeadItem } from './state/head.ts';

/** A scope as a deploy knows it. */
export interface DeployedScope {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  /** `<context>@<database>`. */
  readonly scope: string;
  readonly graph: GraphDatabase;
  readonly definition: GraphDefinition;
  /** Who deploys. Default: nobody in particular, where a scope is opened in process. */
  readonly deployment?: Deployment;
  /** Milliseconds to wait for a worker that commits before it is overridden. Default 15,000. */
  readonly waitMs?: number;
}

/** One custom resource of one stack. */
export interface Deployment {
  /** Unlike that of any other, one of a deleted stack of the same name included. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly secretId: string;
  readonly queueUrl: string;
  /** Whether it may take the scope from another state. */
  readonly takeOver: boolean;
}

/** The lease of a scope in a deploy's hands. */
export interface Led {
  readonly item: HeadItem;
  readonly head: Head;
}

export interface Seized extends Led {
  readonly stamp: Stamp;
  /** Null: there is none. */
  readonly fence: Fence | null;
}

const LEASE_MS = 60_000;

/** A worker's transaction lasts 40 s, and the server takes some seconds more to give it up. */
const STAMP_MS = 60_000;

/**
 * Takes the lease and puts the definition in force. A worker is waited for a while, but not as long as it likes: many small
 * batches and a second worker could keep a deploy waiting for ever. Overridden, it can still commit the batch it has
 * proposed, which the stamp waits for, and no other: its epoch is gone.
 */
export async function lead({
  dynamo,
  table,
  scope,
  definition,
  waitMs = 15_000,
}: Omit<DeployedScope, 'graph'>): Promise<Led> {
  const item = new HeadItem(dynamo, table, scope);
  const owner = randomUUID();
  const hash = definitionHash(definition);
  const patience = Date.now() + waitMs;
  let head = await item.deploy(owner, hash, LEASE_MS);
  while (typeof head === 'string') {
    await sleep(Math.min(500, waitMs));
    head = await item.deploy(owner, hash, LEASE_MS, Date.now() >= patience);
  }
  return { item, head };
}

/** {@link lead}s, and stamps the fence. @throws ForeignFenceError when another state has the scope */
export async function seize(deployed: DeployedScope): Promise<Seized> {
  const led = await lead(deployed);
  return await stampLed(deployed, led);
}

/** On failure the lease is given back. @throws ForeignFenceError */
export async function stampLed({ graph, scope, definition, deployment }: DeployedScope, led: Led): Promise<Seized> {
  const { item, head } = led;
  let stamp: Stamp = { scope, definition: definitionHash(definition), epoch: head.epoch, store: head.store };
  try {
    if (deployment?.takeOver === true) await releaseFence(graph, scope, head.store);
    let fence = await stampPatiently(graph, item, stamp);
    while (fence !== null && fence.epoch > stamp.epoch) {
      stamp = { ...stamp, epoch: await item.raise(stamp.epoch, fence.epoch) };
      fence = await stampPatiently(graph, item, stamp);
    }
    return { ...led, stamp, fence };
  } catch (error) {
    await item.release(stamp.epoch).catch(() => {});
    throw error;
  }
}

/** A worker that was overridden may hold the fence's lock for as long as its transaction lasts. */
async function stampPatiently(graph: GraphDatabase, item: HeadItem, stamp: Stamp): Promise<Fence | null> {
  const deadline = Date.now() + STAMP_MS;
  for (;;) {
    try {
      return await stampFence(graph, stamp);
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!/TransactionTimedOut|LockAcquisitionTimeout|LockClientStopped/.test(String(code)) || Date.now() > deadline)
        throw error;
      await item.renew(stamp.epoch, LEASE_MS);
    }
  }
}

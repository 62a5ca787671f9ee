import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { definitionHash, type GraphDefinition } from './graph/definition.ts';
import { type Fence, type Stamp, stampFence } from './neo4j/fence.ts';
import type { GraphDatabase } from './neo4j/graph-database.ts';
import { releaseFence } from './neo4j/holders.ts';
import { type Stamped, stampAbove } from './stamp.ts';
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
interface Led {
  readonly item: HeadItem;
  readonly head: Head;
}

export type Seized = Led & Stamped;

/** What head and fence name as the definition while a deploy works: no worker has it, so all step aside. */
export function inDeploy(definition: GraphDefinition): string {
  return `deploy of ${definitionHash(definition)}`;
}

const LEASE_MS = 60_000;

/** A worker's transaction lasts 40 s, and the server takes some seconds more to give it up. */
const STAMP_MS = 60_000;

/**
 * Takes the lease and puts a definition in force. A worker is waited for a while, but not as long as it likes: many small
 * batches and a second worker could keep a deploy waiting for ever. Overridden, it can still commit the batch it has
 * proposed, which the stamp waits for, and no other: its epoch is gone. @param mend see {@link HeadItem.deploy}
 */
export async function lead(
  { dynamo, table, scope, definition, waitMs = 15_000 }: Omit<DeployedScope, 'graph'>,
  inForce = definitionHash(definition),
  mend = false,
): Promise<Led> {
  const item = new HeadItem(dynamo, table, scope);
  const owner = randomUUID();
  const patience = Date.now() + waitMs;
  let head = await item.deploy(owner, inForce, LEASE_MS, { mend });
  while (typeof head === 'string') {
    await sleep(Math.min(500, waitMs));
    head = await item.deploy(owner, inForce, LEASE_MS, { mend, insist: Date.now() >= patience });
  }
  return { item, head };
}

/**
 * Puts the definition in force (back) that another deployment has, or had. Needs no database: the next worker with it sees to
 * tables, schema and claims, and has everything looked at.
 */
export async function handBack(deployed: Omit<DeployedScope, 'graph'>, inForce: string): Promise<void> {
  const { item, head } = await lead(deployed, inForce, true);
  await item.release(head.epoch);
}

/** {@link lead}s, and stamps the fence. @throws ForeignFenceError when another state has the scope */
export async function seize(deployed: DeployedScope, inForce = definitionHash(deployed.definition)): Promise<Seized> {
  return await stampLed(deployed, await lead(deployed, inForce), inForce);
}

/** On failure the lease is given back. @throws ForeignFenceError */
export async function stampLed(
  { graph, scope, definition, deployment }: DeployedScope,
  led: Led,
  inForce = definitionHash(definition),
): Promise<Seized> {
  const { item, head } = led;
  const { epoch, store } = head;
  const stampOnce = (database: GraphDatabase, stamp: Stamp): Promise<Fence | null> =>
    patiently(item, stamp, async () => {
      if (deployment?.takeOver === true) await releaseFence(database, scope, store);
      return await stampFence(database, stamp);
    });
  return { ...led, ...(await stampAbove(item, graph, { scope, definition: inForce, epoch, store }, stampOnce)) };
}

/** A worker that was overridden may hold the fence's lock for as long as its transaction lasts. */
async function patiently<T>(item: HeadItem, { epoch }: Stamp, work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + STAMP_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!/TransactionTimedOut|LockAcquisitionTimeout|LockClientStopped/.test(String(code)) || Date.now() > deadline)
        throw error;
      await item.renew(epoch, LEASE_MS);
    }
  }
}

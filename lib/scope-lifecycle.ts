import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Driver } from 'neo4j-driver';
import { ScopeBusyError } from './lease.ts';
import { createFence, stampFence } from './neo4j/fence.ts';
import { forgetScope } from './state/forget.ts';
import { type Head, HeadItem } from './state/head.ts';
import { EMPTY } from './state/tree.ts';

/** A scope as a deploy knows it. */
export interface DeployedScope {
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  /** `<context>@<database>`. */
  readonly scope: string;
  readonly driver: Driver;
  readonly database: string;
  /** See `definitionHash`. */
  readonly definition: string;
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
  const { head, item } = await seize(deployed);
  const stamp = { ...deployed, epoch: head.epoch, store: head.store };
  const fence = await stampFence(deployed.driver, deployed.database, stamp);
  // A fence that is missing although there is state: the first worker finds that out and has everything looked at again.
  if (fence === null && head.root === EMPTY && head.pending === null) {
    await createFence(deployed.driver, deployed.database, stamp, EMPTY);
  }
  await item.release(head.epoch);
}

/** Closes the scope for a teardown: who commits is waited for, and nobody commits any more. */
export async function closeScope(deployed: DeployedScope): Promise<void> {
  const { head, item } = await seize(deployed);
  await stampFence(deployed.driver, deployed.database, { ...deployed, epoch: head.epoch, store: head.store });
  await item.close(head.epoch);
  await item.release(head.epoch);
}

/** Deletes the scope's tracked state. Only after {@link closeScope}, when the graph's rows are gone. */
export async function forgetState({ dynamo, table, scope }: DeployedScope): Promise<void> {
  await forgetScope(dynamo, table, scope);
}

async function seize(deployed: DeployedScope): Promise<{ head: Head; item: HeadItem }> {
  const { dynamo, table, scope, definition, waitMs = 120_000 } = deployed;
  const item = new HeadItem(dynamo, table, scope);
  const owner = randomUUID();
  const deadline = Date.now() + waitMs;
  for (;;) {
    const head = await item.deploy(owner, definition, LEASE_MS);
    if (typeof head !== 'string') return { head, item };
    if (Date.now() > deadline) {
      throw new ScopeBusyError(`${scope}: a worker kept the lease for ${waitMs} ms; deploy again`, head);
    }
    await sleep(500);
  }
}

/** What a deploy does to a scope, and a teardown. */
import { definitionHash } from './graph/definition.ts';
import { DefinitionError } from './graph/errors.ts';
import { checkClaims, writeClaims } from './neo4j/claims.ts';
import { createFence, disownFence } from './neo4j/fence.ts';
import { nameHolder, requireHolder, withdrawHolder } from './neo4j/holders.ts';
import { type DeployedScope, lead, seize, stampLed } from './seize.ts';
import { ContextItems } from './state/contexts.ts';
import { forgetScope } from './state/forget.ts';
import { type Head, HeadItem } from './state/head.ts';
import { databaseOf } from './state/items.ts';
import { NodeTable } from './state/node-table.ts';
import { decodeRoot } from './state/root.ts';
import { EMPTY } from './state/tree.ts';

export type { DeployedScope, Deployment } from './seize.ts';

/**
 * Looks whether this deployment may have the scope, before anything is changed.
 *
 * @throws ForeignFenceError when another state has it, ClaimError when a table is another scope's or has others' rows
 */
export async function checkScope(deployed: DeployedScope): Promise<void> {
  const { dynamo, table, scope, graph, definition, deployment } = deployed;
  const head = await new HeadItem(dynamo, table, scope).read();
  if (deployment?.takeOver !== true) await requireHolder(graph, scope, head?.store ?? null);
  await checkClaims(graph, scope, definition);
  // From here on what was deployed before isn't what is there any more: a rollback has to put it back.
  if (head !== null) await new HeadItem(dynamo, table, scope).prepare();
}

/** Whether the definition is in force, as this very deployment's: then there is nothing to do, nor a database needed. */
export async function isInForce(deployed: Omit<DeployedScope, 'graph'>): Promise<boolean> {
  const { dynamo, table, scope, definition, deployment } = deployed;
  const head = await new HeadItem(dynamo, table, scope).read();
  if (head === null || head.closed || head.deploying || head.definition !== definitionHash(definition)) return false;
  return (await deploymentsOf(deployed)).at(-1) === deployment?.id;
}

/**
 * Puts the definition in force and opens the scope: workers with another one step aside from now on, also those that are
 * in the middle of a batch (the fence has the new epoch). The schema must be there already.
 *
 * @throws ForeignFenceError when another state has the scope
 */
export async function openScope(deployed: DeployedScope): Promise<void> {
  const { graph, scope, definition, deployment } = deployed;
  const { item, head, stamp, fence } = await seize(deployed);
  try {
    await noteDeployment(deployed);
    await refuseRekeyedTables(deployed, head);
    const adopts = await checkClaims(graph, scope, definition);
    // A fence that is missing although there is state: the first worker finds that out and has everything looked at again.
    if (fence === null && head.root === EMPTY && head.pending === null) await createFence(graph, stamp, EMPTY);
    if (adopts) await item.adopt(stamp.epoch, head.root);
    await writeClaims(graph, scope, definition);
    if (deployment !== undefined) await nameHolder(graph, scope, stamp.store, deployment.name);
  } finally {
    await item.release(stamp.epoch);
  }
}

/** Writes down where the scope's workers find what is theirs. */
export async function noteDeployment({
  dynamo,
  table,
  scope,
  definition,
  deployment,
}: Omit<DeployedScope, 'graph'>): Promise<void> {
  if (deployment === undefined) return;
  const { id, secretId, queueUrl } = deployment;
  await new ContextItems(dynamo, table).put(definition.context, id, {
    secretId,
    queueUrl,
    database: databaseOf(scope),
  });
}

/**
 * What a deployment that goes may take along: `nothing` where another one declares the scope as well, or the graph is to be
 * kept; `schema` where no row was ever written (what is there was there before: a first deploy that is rolled back);
 * else `rows` and schema.
 */
export type Leaving = 'nothing' | 'schema' | 'rows';

/**
 * Takes a deployment's word for a scope back, and closes the scope if it was the last: who commits is stopped, and nobody
 * commits any more. Where another deployment declares the scope, nothing changes for that one; if ours was in force, the
 * other is again. Can be repeated.
 *
 * @param keep whether the graph, if it has any row, stays for whoever deploys the scope next
 */
export async function withdraw(deployed: DeployedScope, keep: boolean): Promise<Leaving> {
  const { dynamo, table, scope, graph, definition, deployment } = deployed;
  const all = await deploymentsOf(deployed);
  const forget = async () => {
    const contexts = new ContextItems(dynamo, table);
    if (deployment !== undefined) await contexts.delete(definition.context, deployment.id, databaseOf(scope));
  };
  if (all.some(id => id !== deployment?.id)) {
    if (all.at(-1) === deployment?.id) {
      const { item, head } = await lead(deployed);
      await item.handBack(head.epoch);
      await item.release(head.epoch);
    }
    await forget();
    return 'nothing';
  }
  await forget();
  const led = await lead(deployed);
  // First, so that no worker of ours takes the fence back.
  await led.item.close(led.head.epoch);
  if (await withdrawHolder(graph, scope, led.head.store)) {
    await led.item.release(led.head.epoch);
    if (!keep) await forgetScope(dynamo, table, scope);
    return 'nothing';
  }
  const { item, stamp, fence } = await stampLed(deployed, led);
  const empty = (fence?.root ?? EMPTY) === EMPTY;
  if (keep && !empty) await disownFence(graph, stamp);
  await item.release(stamp.epoch);
  return empty ? 'schema' : keep ? 'nothing' : 'rows';
}

/** Deletes the scope's tracked state. Only after {@link withdraw}, when the graph's rows are gone. */
export async function forgetState({ dynamo, table, scope }: DeployedScope): Promise<void> {
  await forgetScope(dynamo, table, scope);
}

async function deploymentsOf({
  dynamo,
  table,
  scope,
  definition,
}: Omit<DeployedScope, 'graph'>): Promise<readonly string[]> {
  return await new ContextItems(dynamo, table).deployments(definition.context, databaseOf(scope));
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

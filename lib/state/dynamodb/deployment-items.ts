import { contextOf, databaseOf, scopeName } from '../scope-name.ts';
import type { DeployedContext, DeploymentSettings, DeploymentStore } from '../state-store.ts';
import type { Item, ItemTable } from './item-table.ts';
import { CONTEXT_PARTITION, deploymentKey } from './items.ts';

interface Deployment extends DeploymentSettings {
  readonly id: string;
  readonly context: string;
  readonly database: string;
  /** When it was put (ms since 1970). */
  readonly at: number;
}

/**
 * The deployments of one scope, in a partition that all scopes share. They are here and not in the environment of the functions,
 * whose 4 KB are full after some 15 contexts.
 */
export class DeploymentItems implements DeploymentStore {
  readonly #table: ItemTable;
  readonly #scope: string;

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
  }

  async list(): Promise<readonly Deployment[]> {
    const all = await allDeployments(this.#table);
    return all.filter(({ context, database }) => scopeName(context, database) === this.#scope);
  }

  async put(id: string, { secretId, queueUrl, definition }: DeploymentSettings): Promise<void> {
    await this.#table.put({
      ...deploymentKey(this.#scope, id),
      context: { S: contextOf(this.#scope) },
      deployment: { S: id },
      definition: { S: definition },
      secretId: { S: secretId },
      database: { S: databaseOf(this.#scope) },
      queueUrl: { S: queueUrl },
      at: { N: String(Date.now()) },
    });
  }

  async delete(id: string): Promise<void> {
    await this.#table.delete(deploymentKey(this.#scope, id));
  }
}

/** Reads each context by name, as the deployment in force has it. */
export async function deployedContexts(table: ItemTable): Promise<ReadonlyMap<string, DeployedContext>> {
  return new Map(
    (await allDeployments(table)).map(({ context, secretId, database, queueUrl }) => [
      context,
      { secretId, database, queueUrl },
    ]),
  );
}

/** Reads the deployments of all scopes in the order in which they were put. */
async function allDeployments(table: ItemTable): Promise<Deployment[]> {
  const deployments: Deployment[] = [];
  for await (const items of table.query(CONTEXT_PARTITION)) deployments.push(...items.map(decode));
  return deployments.sort((a, b) => a.at - b.at);
}

function decode(item: Item): Deployment {
  const text = (name: string): string => item[name]?.S ?? '';
  return {
    id: text('deployment'),
    context: text('context'),
    definition: text('definition'),
    secretId: text('secretId'),
    database: text('database'),
    queueUrl: text('queueUrl'),
    at: Number(item.at?.N ?? 0),
  };
}

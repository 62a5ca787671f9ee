import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { CONTEXT_PARTITION, contextKey, scopeName } from './items.ts';

/** How a context's workers reach what is theirs. */
export interface DeployedContext {
  /** Name or ARN of the connection secret. */
  readonly secretId: string;
  readonly database: string;
  readonly queueUrl: string;
}

/** One custom resource's word on a scope. */
interface Entry extends DeployedContext {
  readonly context: string;
  readonly deployment: string;
  /** Hash of the definition that it put in force. */
  readonly definition: string;
  /** When it was last deployed (ms since 1970): deploys of one context follow each other, so the last one is in force. */
  readonly at: number;
}

/**
 * The contexts that are deployed on a state table, each with its deployments: a custom resource whose logical id changes is
 * created anew before the old one is deleted, so for a while there are two of them. The one that was deployed last is in
 * force. Here and not in the environment of the functions, whose 4 KB are full after some 15 contexts.
 */
export class ContextItems {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Each context by name, as the deployment in force has it. */
  async inForce(): Promise<ReadonlyMap<string, DeployedContext>> {
    return new Map(
      (await this.#entries()).map(({ context, secretId, database, queueUrl }) => [
        context,
        { secretId, database, queueUrl },
      ]),
    );
  }

  /** The deployments of one scope (a context and a database); the last is in force. */
  async deployments(context: string, database: string): Promise<readonly Pick<Entry, 'deployment' | 'definition'>[]> {
    return (await this.#entries()).filter(entry => entry.context === context && entry.database === database);
  }

  /** Puts a deployment's settings in force. */
  async put(
    context: string,
    deployment: string,
    { secretId, database, queueUrl, definition }: Omit<Entry, 'context' | 'deployment' | 'at'>,
  ): Promise<void> {
    const Item = {
      ...contextKey(scopeName(context, database), deployment),
      context: { S: context },
      deployment: { S: deployment },
      definition: { S: definition },
      secretId: { S: secretId },
      database: { S: database },
      queueUrl: { S: queueUrl },
      at: { N: String(Date.now()) },
    };
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
  }

  /** Forgets a deployment of a scope. */
  async delete(scope: string, deployment: string): Promise<void> {
    const Key = contextKey(scope, deployment);
    await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key }));
  }

  /** In the order of their deploys. */
  async #entries(): Promise<Entry[]> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: CONTEXT_PARTITION } },
      },
    );
    const entries: Entry[] = [];
    for await (const { Items = [] } of pages) entries.push(...Items.map(decodeEntry));
    return entries.sort((a, b) => a.at - b.at);
  }
}

function decodeEntry(item: Record<string, AttributeValue>): Entry {
  const text = (name: string): string => item[name]?.S ?? '';
  return {
    context: text('context'),
    deployment: text('deployment'),
    definition: text('definition'),
    secretId: text('secretId'),
    database: text('database'),
    queueUrl: text('queueUrl'),
    at: Number(item.at?.N ?? 0),
  };
}

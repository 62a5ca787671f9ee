import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { StoreUnavailableError } from '../../errors.ts';
import { isPassing, isThrottled } from '../aws-errors.ts';
import { backOff, type Patience, retry } from '../backoff.ts';
import type { ItemKey } from './items.ts';

export type Item = Record<string, AttributeValue>;

/** Some items of a partition. */
export interface Page {
  readonly items: readonly Item[];
  /** The key after which to go on; null: that was all. */
  readonly next: Item | null;
}

/** DynamoDB's limits for one call. */
const GET_BATCH = 100;
const WRITE_BATCH = 25;
/** Calls under way at once: enough to fill one connection pool, few enough for a small Lambda. */
const PARALLEL_CALLS = { concurrency: 16 };
/** For throttled calls, and what a call leaves unprocessed: over half a minute of throttling. */
const PATIENCE: Patience = { tries: 12, firstWaitMs: 25, longestWaitMs: 5_000 };

/** The state table: every call to DynamoDB is made here, and every error of DynamoDB classified. */
export class ItemTable {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** Reads an item, strongly consistent. */
  async get(Key: ItemKey): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: this.#name, Key, ConsistentRead: true });
    return (await call(() => this.#client.send(command))).Item;
  }

  async put(item: Item): Promise<void> {
    const command = new PutItemCommand({ TableName: this.#name, Item: item });
    await call(() => this.#client.send(command));
  }

  /**
   * Updates an item.
   *
   * @returns the item as it is now, or the one that doesn't meet the condition
   */
  async update(
    input: Omit<UpdateItemCommandInput, 'TableName'>,
  ): Promise<{ readonly done: boolean; readonly item: Item }> {
    const command = new UpdateItemCommand({
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...input,
      TableName: this.#name,
    });
    try {
      return { done: true, item: (await call(() => this.#client.send(command))).Attributes ?? {} };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { done: false, item: error.Item ?? {} };
    }
  }

  /** Deletes an item. @param only an attribute and the value it must have @returns whether it had it */
  async delete(Key: ItemKey, only?: readonly [name: string, value: AttributeValue]): Promise<boolean> {
    const condition = only && {
      ConditionExpression: '#only = :only',
      ExpressionAttributeNames: { '#only': only[0] },
      ExpressionAttributeValues: { ':only': only[1] },
    };
    const command = new DeleteItemCommand({ TableName: this.#name, Key, ...condition });
    try {
      await call(() => this.#client.send(command));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Reads a partition, a page at a time: all attributes, strongly consistent. */
  async *query(partition: string): AsyncGenerator<readonly Item[]> {
    for (let start: Item | null | undefined; start !== null; ) {
      const page: Page = await this.#page(partition, { ConsistentRead: true, ExclusiveStartKey: start });
      yield page.items;
      start = page.next;
    }
  }

  /** Reads a partition's last items, the last first: all attributes, strongly consistent. */
  async newest(partition: string, limit: number): Promise<readonly Item[]> {
    const items: Item[] = [];
    for (let start: Item | null | undefined; start !== null && items.length < limit; ) {
      const page: Page = await this.#page(partition, {
        ConsistentRead: true,
        ScanIndexForward: false,
        Limit: limit - items.length,
        ExclusiveStartKey: start,
      });
      items.push(...page.items);
      start = page.next;
    }
    return items;
  }

  /**
   * Reads some attributes of a partition's next items, at half the price: the newest writes may be missing.
   *
   * @param start the key after which to begin; null: the first
   */
  async skim(partition: string, attributes: readonly string[], start: Item | null, limit: number): Promise<Page> {
    return await this.#page(partition, {
      Limit: limit,
      ...(start !== null && { ExclusiveStartKey: start }),
      ProjectionExpression: attributes.map(name => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(attributes.map(name => [`#${name}`, name])),
    });
  }

  async #page(partition: string, what: Partial<QueryCommandInput>): Promise<Page> {
    const command = new QueryCommand({
      TableName: this.#name,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: partition } },
      ...what,
    });
    const { Items = [], LastEvaluatedKey = null } = await call(() => this.#client.send(command));
    return { items: Items, next: LastEvaluatedKey };
  }

  /** Reads items by key, strongly consistent, in no order. Leaves out what isn't there. */
  async getAll(keys: readonly ItemKey[]): Promise<Item[]> {
    const found: Item[] = [];
    await this.#inBatches(keys, GET_BATCH, async batch => {
      const RequestItems = { [this.#name]: { Keys: batch as Item[], ConsistentRead: true } };
      const command = new BatchGetItemCommand({ RequestItems });
      const answer = await call(() => this.#client.send(command));
      found.push(...(answer.Responses?.[this.#name] ?? []));
      return (answer.UnprocessedKeys?.[this.#name]?.Keys as ItemKey[] | undefined) ?? [];
    });
    return found;
  }

  /** Puts or deletes items, in no order. */
  async writeAll(requests: readonly WriteRequest[]): Promise<void> {
    await this.#inBatches(requests, WRITE_BATCH, async batch => {
      const RequestItems = { [this.#name]: batch };
      const command = new BatchWriteItemCommand({ RequestItems });
      const answer = await call(() => this.#client.send(command));
      return answer.UnprocessedItems?.[this.#name] ?? [];
    });
  }

  /** @param process returns what it left unprocessed */
  async #inBatches<T>(all: readonly T[], size: number, process: (batch: T[]) => Promise<T[]>): Promise<void> {
    await pMap(
      chunks(all, size),
      async batch => {
        let left = batch;
        for (let failed = 1; ; failed += 1) {
          left = await process(left);
          if (left.length === 0) return;
          if (failed === PATIENCE.tries) throw new StoreUnavailableError(STILL_THROTTLED);
          await backOff(failed, PATIENCE);
        }
      },
      PARALLEL_CALLS,
    );
  }
}

const STILL_THROTTLED = `DynamoDB left items unprocessed ${PATIENCE.tries} times; raise the table's capacity or wait`;

/**
 * Makes a call, waiting out throttles: a throttled call did nothing.
 *
 * @throws StoreUnavailableError for what may pass; the rest is for people: a missing table, no permission
 */
async function call<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await retry(send, isThrottled, PATIENCE);
  } catch (error) {
    if (!isPassing(error)) throw error;
    const { name, message } = error as Error;
    throw new StoreUnavailableError(`DynamoDB: ${name}: ${message}`, { cause: error });
  }
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

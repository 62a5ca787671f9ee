import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { GraphdropError } from '../graph/errors.ts';
import { hashOfNodeKey, nodeKey } from './items.ts';
import type { StoredNode } from './tree-node.ts';

/** DynamoDB's limits for one call. */
const GET_BATCH = 100;
const WRITE_BATCH = 25;
/** Calls under way at once: enough to fill one connection pool, few enough for a small Lambda. */
const PARALLEL_CALLS = { concurrency: 16 };
/** Tries for what a call left unprocessed; with the backoff below this is over half a minute of throttling. */
const MAX_TRIES = 12;

/** A node that a root needs isn't in the table: the table was restored, or the root is not of this table. */
export class MissingNodeError extends GraphdropError {
  readonly code = 'MISSING_NODE';
  constructor(scope: string, hash: string) {
    super(`tracked state of ${scope} lacks tree node ${hash}; the next worker begins the state anew from the files`);
  }
}

/** DynamoDB kept leaving items unprocessed. */
export class ThrottledError extends GraphdropError {
  readonly code = 'THROTTLED';
  override readonly retryable = true;
}

/** The immutable tree nodes of one scope in DynamoDB. */
export class NodeTable {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #scope: string;

  constructor(client: DynamoDBClient, table: string, scope: string) {
    this.#client = client;
    this.#table = table;
    this.#scope = scope;
  }

  /** Reads node texts, strongly consistent. @throws MissingNodeError */
  async get(hashes: readonly string[]): Promise<Map<string, string>> {
    const found = await this.find(hashes);
    for (const hash of hashes) if (!found.has(hash)) throw new MissingNodeError(this.#scope, hash);
    return found;
  }

  /** Like {@link get}, but leaves out what isn't there. */
  async find(hashes: readonly string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await pMap(
      chunks([...new Set(hashes)], GET_BATCH),
      async chunk => {
        let keys: Record<string, AttributeValue>[] = chunk.map(hash => nodeKey(this.#scope, hash));
        await untilDone(async () => {
          const answer = await this.#client.send(
            new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: keys, ConsistentRead: true } } }),
          );
          for (const item of answer.Responses?.[this.#table] ?? []) {
            found.set(hashOfNodeKey(item.sk?.S ?? ''), item.text?.S ?? '');
          }
          keys = answer.UnprocessedKeys?.[this.#table]?.Keys ?? [];
          return keys.length === 0;
        });
      },
      PARALLEL_CALLS,
    );
    return found;
  }

  /** Puts nodes. Repeats are harmless: a node's content is its name. */
  async put(nodes: readonly StoredNode[], at = Date.now()): Promise<void> {
    await pMap(
      chunks(nodes, WRITE_BATCH),
      async chunk => {
        let requests: WriteRequest[] = chunk.map(({ hash, text }) => ({
          PutRequest: { Item: { ...nodeKey(this.#scope, hash), text: { S: text }, at: { N: String(at) } } },
        }));
        await untilDone(async () => {
          const answer = await this.#client.send(
            new BatchWriteItemCommand({ RequestItems: { [this.#table]: requests } }),
          );
          requests = answer.UnprocessedItems?.[this.#table] ?? [];
          return requests.length === 0;
        });
      },
      PARALLEL_CALLS,
    );
  }
}

async function untilDone(work: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (await work()) return;
    await sleep(Math.random() * Math.min(5_000, 25 * 2 ** tries));
  }
  throw new ThrottledError(`DynamoDB left items unprocessed ${MAX_TRIES} times; raise the table's capacity or wait`);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

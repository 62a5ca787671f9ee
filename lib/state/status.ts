import { type DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Problem, ProblemCount } from '../graph/problems.ts';
import { statusKey, statusPartition } from './items.ts';

/** How an object stands, for people: never the truth, which is the tree. */
export interface ObjectStatus {
  readonly key: string;
  readonly state: 'applied' | 'rejected' | 'deleted';
  readonly etag: string;
  /** Fingerprint of the source that read it. */
  readonly source: string;
  /** Rows the object declares. */
  readonly rows?: number;
  /** Of a rejected version, where the bucket has versions. */
  readonly versionId?: string;
  /** Where a version was rejected: ETag of the one that is in force instead. Undefined: none. */
  readonly inForce?: string;
  /** Fingerprint of the source that read that one; empty: rows or values of it were taken away since. */
  readonly inForceSource?: string;
  /** Who rejected it: see `RejectedObjectError`. */
  readonly by?: 'content' | 'database';
  /** Why it was rejected. */
  readonly reason?: string;
  readonly problems?: readonly Problem[];
  /** The problems as `key:line field: problem, got ..., expected ...`. */
  readonly lines?: readonly string[];
  /** All problems by kind. */
  readonly counts?: readonly ProblemCount[];
  /** Records of the version in force that were left out, and the object of the bucket that lists them. */
  readonly skipped?: { readonly records: number; readonly listedIn: string };
  /** ISO time of the decision. */
  readonly at: string;
}

/** The status items of one scope. */
export class StatusItems {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #scope: string;

  constructor(client: DynamoDBClient, table: string, scope: string) {
    this.#client = client;
    this.#table = table;
    this.#scope = scope;
  }

  async put(status: ObjectStatus): Promise<void> {
    const Item = { ...statusKey(this.#scope, status.key), status: { S: JSON.stringify(status) } };
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
  }

  async get(key: string): Promise<ObjectStatus | null> {
    const Key = statusKey(this.#scope, key);
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#table, Key, ConsistentRead: true }));
    return Item?.status?.S === undefined ? null : (JSON.parse(Item.status.S) as ObjectStatus);
  }

  /** All of them, in the order of keys. */
  async *list(): AsyncGenerator<ObjectStatus> {
    let start: QueryCommand['input']['ExclusiveStartKey'];
    do {
      const answer: { Items?: Record<string, { S?: string }>[]; LastEvaluatedKey?: typeof start } =
        (await this.#client.send(
          new QueryCommand({
            TableName: this.#table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: statusPartition(this.#scope) } },
            ExclusiveStartKey: start,
          }),
        )) as never;
      for (const item of answer.Items ?? []) yield JSON.parse(item.status?.S ?? '{}') as ObjectStatus;
      start = answer.LastEvaluatedKey;
    } while (start !== undefined);
  }
}

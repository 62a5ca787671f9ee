import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GraphdropError } from '../graph/errors.ts';
import { headKey, rootLogKey } from './items.ts';
import { EMPTY } from './tree.ts';

/**
 * The one mutable item of a scope. All changes are conditional; the timeline of a batch:
 *
 *     acquire: epoch + 1 ── propose: pending = next ── [Neo4j COMMIT] ── accept: root = next, no pending ── release
 */
export interface Head {
  /** Who may commit, until when (ms since 1970, the owner's clock: a matter of liveness only; the fence keeps safety). */
  readonly owner: string | null;
  readonly until: number;
  /** Grows with each lease. */
  readonly epoch: number;
  /** Root of the last batch known to be committed. */
  readonly root: string;
  /** Root of a batch that may be committed; null: none under way. */
  readonly pending: string | null;
  /** Hash of the definition that may commit; null: not deployed, the first worker's. */
  readonly definition: string | null;
  /** True after teardown: nobody may commit. */
  readonly closed: boolean;
  /**
   * The database isn't what the state says (restored, wiped): the epoch that found it out, until a resync has found
   * everything up to date. Another number: the database was replaced once more. Null: all is well.
   */
  readonly resync: number | null;
  /** The last of those numbers for which a resync has begun: until then somebody must start one. */
  readonly begun: number | null;
  /**
   * Until that resync is through: the database has rows that the state knows nothing of. What tables and columns they have is
   * in the fence.
   */
  readonly unknown: boolean;
  /** Identity of this state, also in the fence: one database's scope belongs to one state table. */
  readonly store: string;
}

/** Why a lease wasn't to be had. */
export type LeaseRefusal = 'held' | 'closed' | 'definition';

/** This worker no longer is the scope's committer: another took over. What it was doing must start again. */
export class LeaseLostError extends GraphdropError {
  readonly code = 'LEASE_LOST';
  override readonly retryable = true;
}

const NEXT_EPOCH = 'if_not_exists(#epoch, :zero) + :one';

const ACQUIRE =
  `SET #owner = :owner, #until = :until, #epoch = ${NEXT_EPOCH}, ` +
  '#definition = :definition, #store = if_not_exists(#store, :store), #root = if_not_exists(#root, :empty)';

const FREE = '(attribute_not_exists(#owner) OR #until < :now OR #owner = :owner)';

const FREE_AND_OURS = `${FREE} AND attribute_not_exists(#closed) AND (attribute_not_exists(#definition) OR #definition = :definition)`;

/** Every change after `acquire` is this epoch's, or nobody's. */
const SAME_EPOCH = '#epoch = :epoch';

/** Reads and changes the head of one scope. */
export class HeadItem {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly scope: string;

  constructor(client: DynamoDBClient, table: string, scope: string) {
    this.#client = client;
    this.#table = table;
    this.scope = scope;
  }

  /** Strongly consistent; null: the scope has never been used. */
  async read(): Promise<Head | null> {
    const answer = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: headKey(this.scope), ConsistentRead: true }),
    );
    return answer.Item === undefined ? null : decodeHead(answer.Item);
  }

  /** Becomes (or stays) the owner with a new epoch, if the definition is the scope's. */
  async acquire(owner: string, definition: string, milliseconds: number): Promise<Head | LeaseRefusal> {
    return await this.#take(owner, definition, milliseconds, ACQUIRE, FREE_AND_OURS);
  }

  /**
   * Becomes the owner for a deploy: whatever definition was in force, this one is, and the scope is open.
   *
   * @param mend has the next worker do as after a replaced database: it mends tables, schema and claims, which are another
   *   definition's, and has every object looked at
   * @param insist also while a worker holds the lease: with its epoch gone it can commit what it has proposed, no more
   */
  async deploy(
    owner: string,
    definition: string,
    milliseconds: number,
    { mend = false, insist = false }: { readonly mend?: boolean; readonly insist?: boolean } = {},
  ): Promise<Head | LeaseRefusal> {
    const update = `${ACQUIRE}${mend ? `, #resync = ${NEXT_EPOCH}` : ''} REMOVE #closed, #expires`;
    return await this.#take(owner, definition, milliseconds, update, insist ? undefined : FREE);
  }

  /** Closes the scope for a teardown: no worker gets the lease any more. @throws LeaseLostError */
  async close(epoch: number): Promise<void> {
    await this.#update(epoch, 'SET #closed = :true', { ':true': { BOOL: true } });
  }

  async #take(
    owner: string,
    definition: string,
    milliseconds: number,
    update: string,
    condition: string | undefined,
  ): Promise<Head | LeaseRefusal> {
    const now = Date.now();
    try {
      const answer = await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: headKey(this.scope),
          UpdateExpression: update,
          ConditionExpression: condition,
          ExpressionAttributeNames: namesIn(update, condition ?? ''),
          ExpressionAttributeValues: {
            ':owner': { S: owner },
            ':until': { N: String(now + milliseconds) },
            ...(condition !== undefined && { ':now': { N: String(now) } }),
            ':zero': { N: '0' },
            ':one': { N: '1' },
            ':definition': { S: definition },
            ':store': { S: randomUUID() },
            ':empty': { S: EMPTY },
          },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return decodeHead(answer.Attributes ?? {});
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const head = decodeHead(error.Item ?? {});
      if (head.closed) return 'closed';
      return head.definition !== null && head.definition !== definition ? 'definition' : 'held';
    }
  }

  /** Keeps the lease for longer. @throws LeaseLostError */
  async renew(epoch: number, milliseconds: number): Promise<void> {
    await this.#update(epoch, 'SET #until = :until', { ':until': { N: String(Date.now() + milliseconds) } });
  }

  /** Raises the epoch over one found in the fence (the state was restored to an older point). @throws LeaseLostError */
  async raise(epoch: number, atLeast: number): Promise<number> {
    await this.#update(epoch, 'SET #epoch = :next', { ':next': { N: String(atLeast + 1) } });
    return atLeast + 1;
  }

  /**
   * Notes the root that a batch is about to commit, and logs it for the collection. So is the root that it leaves, which
   * may be in force since long ago: copies of the database have it until now. @throws LeaseLostError
   */
  async propose(epoch: number, from: string, root: string, retentionMs: number): Promise<void> {
    // The log comes first: a root that may be committed is never without its entry there.
    await Promise.all([from, root].map(async logged => await this.#log(logged, retentionMs)));
    await this.#update(epoch, 'SET #pending = :root', { ':root': { S: root } });
  }

  async #log(root: string, retentionMs: number): Promise<void> {
    if (root === EMPTY) return;
    const now = Date.now();
    const expires = { N: String(Math.ceil((now + retentionMs) / 1000)) };
    const Item = { ...rootLogKey(this.scope, now, root), expires };
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item }));
  }

  /** Notes that a root is committed. @throws LeaseLostError */
  async accept(epoch: number, root: string): Promise<void> {
    await this.#update(epoch, 'SET #root = :root REMOVE #pending', { ':root': { S: root } });
  }

  /**
   * Takes another root than this state's own as the truth: the database was restored or wiped.
   *
   * @param unknown see {@link Head}; false: as it is
   * @throws LeaseLostError
   */
  async adopt(epoch: number, root: string, unknown = false): Promise<void> {
    const set = `SET #root = :root, #resync = :epoch${unknown ? ', #unknown = :true' : ''} REMOVE #pending`;
    await this.#update(epoch, set, { ':root': { S: root }, ...(unknown && { ':true': { BOOL: true } }) });
  }

  /** Notes that a resync has begun, so that nobody need start one any more. @throws LeaseLostError */
  async begin(epoch: number): Promise<void> {
    await this.#update(epoch, 'SET #begun = #resync', {});
  }

  /** Notes that a resync found everything up to date. @throws LeaseLostError */
  async settle(epoch: number): Promise<void> {
    await this.#update(epoch, 'REMOVE #resync, #begun, #unknown', {});
  }

  /** Gives the lease back; nothing happens if it's another's already. */
  async release(epoch: number): Promise<void> {
    try {
      await this.#update(epoch, 'REMOVE #owner, #until', {});
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
    }
  }

  async #update(epoch: number, expression: string, values: Record<string, AttributeValue>): Promise<void> {
    try {
      await this.#change(SAME_EPOCH, expression, { ...values, ':epoch': { N: String(epoch) } });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      throw new LeaseLostError(`${this.scope}: another worker took the lease after epoch ${epoch}`, { cause: error });
    }
  }

  async #change(condition: string, expression: string, values: Record<string, AttributeValue>): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: headKey(this.scope),
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeNames: namesIn(expression, condition),
        ExpressionAttributeValues: values,
      }),
    );
  }
}

/** Attributes are written `#name` throughout: too many plain words are reserved by DynamoDB. */
function namesIn(...expressions: readonly string[]): Record<string, string> {
  const names = expressions.join(' ').match(/#\w+/g) ?? [];
  return Object.fromEntries(names.map(name => [name, name.slice(1)]));
}

function decodeHead(item: Record<string, AttributeValue>): Head {
  return {
    owner: item.owner?.S ?? null,
    until: Number(item.until?.N ?? 0),
    epoch: Number(item.epoch?.N ?? 0),
    root: item.root?.S ?? EMPTY,
    pending: item.pending?.S ?? null,
    definition: item.definition?.S ?? null,
    closed: item.closed?.BOOL ?? false,
    resync: item.resync === undefined ? null : Number(item.resync.N),
    begun: item.begun === undefined ? null : Number(item.begun.N),
    unknown: item.unknown?.BOOL ?? false,
    store: item.store?.S ?? '',
  };
}

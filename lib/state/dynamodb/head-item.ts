import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Head, type HeadChanges, type LeaseTerms, NEW_HEAD, type Waiting } from '../head.ts';
import type { HeadStore, Taken } from '../state-store.ts';
import { EMPTY } from '../tree.ts';
import type { Item, ItemTable } from './item-table.ts';
import { headKey } from './items.ts';

/** The attribute of each field: plain words, short, and as version 0.1.0 wrote them. */
const ATTRIBUTES: Readonly<Record<keyof Head, string>> = {
  holder: 'owner',
  until: 'until',
  epoch: 'epoch',
  root: 'root',
  pending: 'pending',
  definition: 'definition',
  closed: 'closed',
  resync: 'resync',
  resyncBegun: 'begun',
  hasUntrackedRows: 'unknown',
  mayRemove: 'told',
  next: 'next',
  nextSince: 'nextSince',
  nextUntil: 'nextUntil',
  store: 'store',
};

const NEXT_EPOCH = 'if_not_exists(#epoch, :zero) + :one';

const TAKE =
  `SET #owner = :owner, #until = :until, #epoch = ${NEXT_EPOCH}, ` +
  '#definition = :definition, #store = if_not_exists(#store, :store), #root = if_not_exists(#root, :empty)';

const FREE = '(attribute_not_exists(#owner) OR #until < :now OR #owner = :owner)';

/** See `isFirstInLine`. */
const FIRST_IN_LINE =
  '(#owner = :owner OR attribute_not_exists(#next) OR #nextUntil < :now OR #next = :owner OR #nextSince > :since)';

const LINE_UP = 'SET #next = :owner, #nextSince = :since, #nextUntil = :until';

const LEAVE_LINE = 'REMOVE #next, #nextSince, #nextUntil';

const FREE_AND_OURS = `${FREE} AND ${FIRST_IN_LINE} AND attribute_not_exists(#closed) AND (attribute_not_exists(#definition) OR #definition = :definition)`;

/** How long the head of a scope that was forgotten keeps late workers from starting the scope anew. */
const TOMBSTONE_SECONDS = 86_400;

/** The head of one scope: an item. */
export class HeadItem implements HeadStore {
  readonly #table: ItemTable;
  readonly #scope: string;

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
  }

  async read(): Promise<Head | null> {
    const item = await this.#table.get(headKey(this.#scope));
    return item === undefined ? null : decode(item);
  }

  async take({ holder, since = Date.now(), until, definition, deploy }: LeaseTerms): Promise<Taken> {
    const resync = deploy?.resync === true ? `, #resync = ${NEXT_EPOCH}` : '';
    const update = deploy === undefined ? `${TAKE} ${LEAVE_LINE}` : `${TAKE}${resync} ${LEAVE_LINE}, #closed, #expires`;
    const condition = deploy === undefined ? FREE_AND_OURS : deploy.insist ? undefined : FREE;
    return await this.#update(update, condition, {
      ':owner': { S: holder },
      ':until': { N: String(until) },
      ...(condition !== undefined && { ':now': { N: String(Date.now()) } }),
      ...(condition === FREE_AND_OURS && { ':since': { N: String(since) } }),
      ':zero': { N: '0' },
      ':one': { N: '1' },
      ':definition': { S: definition },
      ':store': { S: randomUUID() },
      ':empty': { S: EMPTY },
    });
  }

  async lineUp({ holder, since, until }: Waiting): Promise<void> {
    await this.#update(LINE_UP, `attribute_exists(#epoch) AND ${FIRST_IN_LINE}`, {
      ':owner': { S: holder },
      ':since': { N: String(since) },
      ':until': { N: String(until) },
      ':now': { N: String(Date.now()) },
    });
  }

  async change(epoch: number, changes: HeadChanges): Promise<boolean> {
    const sets: string[] = [];
    const removes: string[] = [];
    const values: Item = { ':before': { N: String(epoch) } };
    for (const [field, value] of Object.entries(changes)) {
      const name = ATTRIBUTES[field as keyof Head];
      if (value === null || value === false) removes.push(`#${name}`);
      else {
        sets.push(`#${name} = :${name}`);
        values[`:${name}`] = encode(value);
      }
    }
    const update = [clause('SET', sets), clause('REMOVE', removes)].join(' ');
    return (await this.#update(update, '#epoch = :before', values)).taken;
  }

  /** Closes the scope, and leaves of the head no more than its epoch, for a day. */
  async bury(): Promise<void> {
    const left = ['epoch', 'closed'];
    const gone = Object.values(ATTRIBUTES).filter(name => !left.includes(name));
    const update = `SET #closed = :true, #expires = :expires ${clause(
      'REMOVE',
      gone.map(name => `#${name}`),
    )}`;
    const expires = { N: String(Math.ceil(Date.now() / 1000) + TOMBSTONE_SECONDS) };
    await this.#update(update, undefined, { ':true': { BOOL: true }, ':expires': expires });
  }

  async #update(update: string, condition: string | undefined, values: Item): Promise<Taken> {
    const { done, item } = await this.#table.update({
      Key: headKey(this.#scope),
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeNames: namesIn(update, condition ?? ''),
      ExpressionAttributeValues: values,
    });
    return { taken: done, head: decode(item) };
  }
}

function clause(verb: string, parts: readonly string[]): string {
  return parts.length === 0 ? '' : `${verb} ${parts.join(', ')}`;
}

/** Attributes are written `#name` throughout: too many plain words are reserved by DynamoDB. */
function namesIn(...expressions: readonly string[]): Record<string, string> {
  const names = expressions.join(' ').match(/#\w+/g) ?? [];
  return Object.fromEntries(names.map(name => [name, name.slice(1)]));
}

function encode(value: string | number | true): AttributeValue {
  if (value === true) return { BOOL: true };
  return typeof value === 'number' ? { N: String(value) } : { S: value };
}

function decode(item: Item): Head {
  const read = Object.entries(ATTRIBUTES).flatMap(([field, name]) => {
    const { S, N, BOOL } = item[name] ?? {};
    const value = S ?? BOOL ?? (N === undefined ? undefined : Number(N));
    return value === undefined ? [] : [[field, value]];
  });
  return { ...NEW_HEAD, ...Object.fromEntries(read) };
}

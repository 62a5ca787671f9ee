import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { HeadItem } from './head.ts';
import { hashOfNodeKey, NODE_PARTITIONS, nodeKey, nodePartition, rootLogPartition, rootOfLogKey } from './items.ts';
import type { NodeTable } from './node-table.ts';
import { decodeObject } from './object-entry.ts';
import { decodeRoot, treesOf } from './root.ts';
import { EMPTY } from './tree.ts';
import { childHash, decodeNode } from './tree-node.ts';

export interface CollectionReport {
  readonly reachable: number;
  readonly deleted: number;
  /** Unreachable, but too young to be sure that no batch under way needs them. */
  readonly young: number;
  /** False: time was up. A later one does the rest. */
  readonly complete: boolean;
}

export interface CollectionOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly scope: string;
  readonly nodes: NodeTable;
  /**
   * Age in milliseconds below which nothing is deleted. Must be longer than a batch can take: a batch's nodes are
   * unreachable until its root is proposed. Default one day.
   */
  readonly graceMs?: number;
  /** When to stop (ms since 1970). Default never. */
  readonly deadline?: number;
}

/** Nodes read at once while marking. */
const NODES_AT_ONCE = 2_000;

/**
 * Deletes tree nodes that no root needs, like `git gc`: marks from head's root and pending and from every root of the log,
 * sweeps what is unmarked, old, and unchanged since it was seen (a batch that needs a node again puts it again, which
 * renews its time).
 */
export async function collect(options: CollectionOptions): Promise<CollectionReport> {
  const { client, table, scope, nodes, graceMs = 24 * 3_600_000, deadline = Number.POSITIVE_INFINITY } = options;
  const before = Date.now() - graceMs;
  const head = await new HeadItem(client, table, scope).read();
  const roots = new Set([head?.root ?? EMPTY, head?.pending ?? EMPTY, ...(await loggedRoots(client, table, scope))]);
  const marked = new Set<string>();
  for (const root of roots) {
    const strict = root === head?.root || root === head?.pending;
    if (!(await mark(nodes, root, marked, strict, deadline)))
      return { reachable: marked.size, deleted: 0, young: 0, complete: false };
  }
  let deleted = 0;
  let young = 0;
  for (const first of NODE_PARTITIONS) {
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: nodePartition(scope, first) } },
        ProjectionExpression: 'sk, #at',
        ExpressionAttributeNames: { '#at': 'at' },
      },
    );
    for await (const page of pages) {
      if (Date.now() > deadline) return { reachable: marked.size, deleted, young, complete: false };
      const dead = (page.Items ?? []).filter(item => !marked.has(hashOfNodeKey(item.sk?.S ?? '')));
      const old = dead.filter(item => Number(item.at?.N) < before);
      young += dead.length - old.length;
      deleted += (await Promise.all(old.map(item => sweep(client, table, scope, item)))).filter(Boolean).length;
    }
  }
  return { reachable: marked.size, deleted, young, complete: true };
}

async function loggedRoots(client: DynamoDBClient, table: string, scope: string): Promise<string[]> {
  const roots: string[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: rootLogPartition(scope) } },
      ConsistentRead: true,
    },
  );
  const now = Date.now() / 1000;
  for await (const page of pages) {
    for (const item of page.Items ?? []) {
      // TTL deletes late: an entry past its time no longer counts.
      if (Number(item.expires?.N) >= now) roots.push(rootOfLogKey(item.sk?.S ?? ''));
    }
  }
  return roots;
}

/**
 * Marks a root and everything below it. A logged root may lack nodes (its batch died while writing): that is no harm.
 *
 * @returns false if the time is up: then what isn't marked may be needed
 */
async function mark(
  nodes: NodeTable,
  root: string,
  marked: Set<string>,
  strict: boolean,
  deadline: number,
): Promise<boolean> {
  if (root === EMPTY || marked.has(root)) return true;
  const read = (hashes: readonly string[]) => (strict ? nodes.get(hashes) : nodes.find(hashes));
  const text = (await read([root])).get(root);
  if (text === undefined) return true;
  marked.add(root);
  const isNew = (hash: string) => hash !== EMPTY && !marked.has(hash);
  const frontier = treesOf(decodeRoot(text));
  while (frontier.length > 0) {
    if (Date.now() > deadline) return false;
    const part = frontier.splice(-NODES_AT_ONCE).filter(isNew);
    for (const [hash, nodeText] of await read(part)) {
      marked.add(hash);
      frontier.push(...childrenOf(nodeText));
    }
  }
  return true;
}

/** Children of a tree node, and the trees that leaf values name: manifests in object entries, owner trees in owner lists. */
export function childrenOf(text: string): string[] {
  const node = decodeNode(text);
  if (node.level > 0) return node.entries.map(childHash);
  return node.entries.flatMap(([, value]) => {
    if (value.startsWith('["')) return [decodeObject(value).manifest];
    return value.startsWith('{') ? [(JSON.parse(value) as { tree: string }).tree] : [];
  });
}

async function sweep(
  client: DynamoDBClient,
  table: string,
  scope: string,
  item: Record<string, AttributeValue>,
): Promise<boolean> {
  try {
    await client.send(
      new DeleteItemCommand({
        TableName: table,
        Key: nodeKey(scope, hashOfNodeKey(item.sk?.S ?? '')),
        ConditionExpression: '#at = :seen',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':seen': item.at ?? { NULL: true } },
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** The tree nodes of a world in its state table, and which of them a root needs, found out without the collection's code. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  paginateQuery,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { collect } from '../../lib/state/collect.ts';
import { hashOfNodeKey, nodeKey, rootLogPartition, rootOfLogKey } from '../../lib/state/items.ts';
import { decodeObject } from '../../lib/state/object-entry.ts';
import { decodeOwners } from '../../lib/state/owners.ts';
import { decodeRoot } from '../../lib/state/root.ts';
import { EMPTY, type Nodes, scan } from '../../lib/state/tree.ts';
import { decodeNode } from '../../lib/state/tree-node.ts';
import type { World } from '../sync/world.ts';

/** Reads all that a root needs: objects, their manifests, rows and owner lists. @throws MissingNodeError */
export async function walk(world: World, root: string): Promise<Set<string>> {
  const table = world.worker().nodes;
  const seen = new Set<string>();
  if (root === EMPTY) return seen;
  const nodes: Nodes = {
    load: async hashes => {
      for (const hash of hashes) seen.add(hash);
      const found = await table.get(hashes);
      return hashes.map(hash => decodeNode(found.get(hash) ?? ''));
    },
    put: () => {},
  };
  const text = (await table.get([root])).get(root) ?? '';
  seen.add(root);
  const { objects, tables } = decodeRoot(text);
  for await (const entries of scan(nodes, objects)) {
    for (const [, entry] of entries) for await (const _ of scan(nodes, decodeObject(entry).manifest));
  }
  for (const { rows } of tables.values()) {
    for await (const entries of scan(nodes, rows)) {
      for (const [, owners] of entries) for await (const _ of scan(nodes, decodeOwners(owners).tree ?? EMPTY));
    }
  }
  return seen;
}

/** Hashes of all nodes that the state table has of the world's scope. */
export async function storedNodes(world: World): Promise<Set<string>> {
  const prefix = `${world.worker().name}#`;
  const hashes = new Set<string>();
  for await (const { Items = [] } of paginateScan(
    { client: world.dynamo },
    { TableName: world.name, ConsistentRead: true },
  )) {
    for (const { pk, sk } of Items) {
      if (pk?.S?.startsWith(prefix) && sk?.S?.startsWith('node#')) hashes.add(hashOfNodeKey(sk.S));
    }
  }
  return hashes;
}

/** Makes all nodes older. */
export async function ageNodes(world: World, milliseconds: number): Promise<void> {
  for (const hash of await storedNodes(world)) {
    const update = world.dynamo.send(
      new UpdateItemCommand({
        TableName: world.name,
        Key: nodeKey(world.worker().name, hash),
        UpdateExpression: 'SET #at = #at - :time',
        ConditionExpression: 'attribute_exists(#at)',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':time': { N: String(milliseconds) } },
      }),
    );
    await update.catch(error => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error; // collected meanwhile
    });
  }
}

/** Takes a node out of the state table. @returns its text */
export async function takeNode(world: World, hash: string): Promise<string> {
  const Key = nodeKey(world.worker().name, hash);
  const taken = await world.dynamo.send(new DeleteItemCommand({ TableName: world.name, Key, ReturnValues: 'ALL_OLD' }));
  return taken.Attributes?.text?.S ?? '';
}

/** The roots in the root log. */
export async function loggedRoots(world: World): Promise<string[]> {
  return (await rootLog(world)).map(({ sk }) => rootOfLogKey(sk.S));
}

/** Deletes the root log, as TTL does when the retention is over. */
export async function forgetRootLog(world: World): Promise<void> {
  for (const Key of await rootLog(world)) {
    await world.dynamo.send(new DeleteItemCommand({ TableName: world.name, Key }));
  }
}

/** Lets the entries of the root log be past their time, as they are until TTL comes round to them. */
export async function expireRootLog(world: World): Promise<void> {
  for (const Key of await rootLog(world)) {
    await world.dynamo.send(
      new UpdateItemCommand({
        TableName: world.name,
        Key,
        UpdateExpression: 'SET expires = :past',
        ExpressionAttributeValues: { ':past': { N: String(Math.floor(Date.now() / 1000) - 60) } },
      }),
    );
  }
}

/** Collects without grace and log: exactly what the present root needs is left. */
export async function forgetOldRoots(world: World): Promise<void> {
  await expireRootLog(world);
  const { dynamo: client, table, name: scope, nodes } = world.worker();
  await collect({ client, table, scope, nodes, graceMs: -1 });
}

async function rootLog(world: World): Promise<{ pk: { S: string }; sk: { S: string } }[]> {
  const entries: { pk: { S: string }; sk: { S: string } }[] = [];
  const pages = paginateQuery(
    { client: world.dynamo },
    {
      TableName: world.name,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: rootLogPartition(world.worker().name) } },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) {
    for (const { pk, sk } of Items) entries.push({ pk: { S: pk?.S ?? '' }, sk: { S: sk?.S ?? '' } });
  }
  return entries;
}

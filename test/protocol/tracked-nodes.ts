/** The tree nodes of a world in its state table, and which of them a root needs, found out without the collection's code. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  paginateQuery,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { hashOfNodeKey, nodeKey, retentionPartition, rootOfRetentionKey } from '../../lib/state/dynamodb/items.ts';
import { textOf } from '../../lib/state/dynamodb/node-text.ts';
import { collectGarbage } from '../../lib/state/garbage-collection.ts';
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
  if (world.stores !== null) {
    const sql = 'SELECT hash FROM nodes WHERE scope = ?';
    const rows = world.stores.tamper(world.name, file => file.all<{ hash: string }>(sql, world.worker().name));
    return new Set(rows.map(({ hash }) => hash));
  }
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
  if (world.stores !== null) {
    world.stores.tamper(world.name, file => file.run('UPDATE nodes SET at = at - ?', milliseconds));
    return;
  }
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
  if (world.stores !== null) {
    const sql = 'DELETE FROM nodes WHERE hash = ? RETURNING text';
    return world.stores.tamper(world.name, file => file.get<{ text: string }>(sql, hash)?.text ?? '');
  }
  const Key = nodeKey(world.worker().name, hash);
  const taken = await world.dynamo.send(new DeleteItemCommand({ TableName: world.name, Key, ReturnValues: 'ALL_OLD' }));
  return textOf(taken.Attributes ?? {});
}

/** Reads the roots in the retention log. */
export async function loggedRoots(world: World): Promise<string[]> {
  return (await logEntries(world)).map(({ root }) => root);
}

/** Deletes the retention log, as TTL does when the retention is over. */
export async function forgetRootLog(world: World): Promise<void> {
  if (world.stores !== null) {
    world.stores.tamper(world.name, file => file.run('DELETE FROM roots'));
    return;
  }
  for (const { pk, sk } of await rootItems(world)) {
    await world.dynamo.send(new DeleteItemCommand({ TableName: world.name, Key: { pk, sk } }));
  }
}

/** Lets the entries of the retention log be past their time, as they are until TTL comes round to them. */
export async function expireRootLog(world: World): Promise<void> {
  if (world.stores !== null) {
    world.stores.tamper(world.name, file => file.run('UPDATE roots SET until = ?', Date.now() - 60_000));
    return;
  }
  for (const { pk, sk } of await rootItems(world)) {
    await world.dynamo.send(
      new UpdateItemCommand({
        TableName: world.name,
        Key: { pk, sk },
        UpdateExpression: 'SET expires = :past',
        ExpressionAttributeValues: { ':past': { N: String(Math.floor(Date.now() / 1000) - 60) } },
      }),
    );
  }
}

/** Collects without grace and log: exactly what the present root needs is left. */
export async function forgetOldRoots(world: World): Promise<void> {
  await expireRootLog(world);
  await collectGarbage(world.worker().state, { graceMs: -1 });
}

/** Reads until when a root is kept (ms since 1970), at the latest. */
export async function keptUntil(world: World, root: string): Promise<number> {
  const entries = (await logEntries(world)).filter(entry => entry.root === root);
  return Math.max(...entries.map(({ until }) => until));
}

async function logEntries(world: World): Promise<{ readonly root: string; readonly until: number }[]> {
  if (world.stores !== null) {
    const sql = 'SELECT root, until FROM roots WHERE scope = ?';
    return world.stores.tamper(world.name, file => file.all(sql, world.worker().name));
  }
  const items = await rootItems(world, ['expires']);
  return items.map(({ sk, expires }) => ({ root: rootOfRetentionKey(sk.S), until: Number(expires?.N) * 1000 }));
}

interface RootItem {
  readonly pk: { S: string };
  readonly sk: { S: string };
  readonly expires?: { N: string };
}

/** Reads the items of the log: their keys, and other fields that are named. */
async function rootItems(world: World, more: readonly string[] = []): Promise<RootItem[]> {
  const items: RootItem[] = [];
  const pages = paginateQuery(
    { client: world.dynamo },
    {
      TableName: world.name,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: retentionPartition(world.worker().name) } },
      ProjectionExpression: ['pk', 'sk', ...more].join(),
      ConsistentRead: true,
    },
  );
  for await (const { Items = [] } of pages) items.push(...(Items as unknown as RootItem[]));
  return items;
}

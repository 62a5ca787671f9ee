/**
 * Where the items of a scope are in the DynamoDB table (partition key `pk`, sort key `sk`, TTL attribute `expires`):
 *
 * | item    | pk                    | sk              | changes                                             |
 * |---------|-----------------------|-----------------|-----------------------------------------------------|
 * | node    | `<scope>#<1st char>`  | `node#<hash>`   | never; 64 partitions, so that writes spread         |
 * | head    | `<scope>`             | `head`          | lease, epoch, root, pending, definition, flags      |
 * | root log| `<scope>#roots`       | `<ms>#<root>`   | never; goes by TTL after the retention              |
 * | status  | `<scope>#status`      | the object's key| for people only                                     |
 * | context | `contexts`            | `<scope>#<id>`  | with each deploy                                    |
 */
export const NODE_PARTITIONS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const NODE_PREFIX = 'node#';

export interface ItemKey extends Record<string, { S: string }> {
  pk: { S: string };
  sk: { S: string };
}

/** State, lease, fence and queue are per scope: a ContextKey's name and a database. */
export function scopeName(context: string, database: string): string {
  return `${context}@${database}`;
}

export function databaseOf(scope: string): string {
  return scope.slice(scope.indexOf('@') + 1);
}

export function nodeKey(scope: string, hash: string): ItemKey {
  return { pk: { S: nodePartition(scope, hash.charAt(0)) }, sk: { S: `${NODE_PREFIX}${hash}` } };
}

export function nodePartition(scope: string, first: string): string {
  return `${scope}#${first}`;
}

/** The hash in a node item's sort key. */
export function hashOfNodeKey(sk: string): string {
  return sk.slice(NODE_PREFIX.length);
}

export function headKey(scope: string): ItemKey {
  return { pk: { S: scope }, sk: { S: 'head' } };
}

export function rootLogPartition(scope: string): string {
  return `${scope}#roots`;
}

export function rootLogKey(scope: string, at: number, root: string): ItemKey {
  return { pk: { S: rootLogPartition(scope) }, sk: { S: `${String(at).padStart(15, '0')}#${root}` } };
}

export function rootOfLogKey(sk: string): string {
  return sk.slice(sk.indexOf('#') + 1);
}

export function statusPartition(scope: string): string {
  return `${scope}#status`;
}

export function statusKey(scope: string, objectKey: string): ItemKey {
  return { pk: { S: statusPartition(scope) }, sk: { S: objectKey } };
}

/** Partition of the contexts that are deployed. No scope's has that name: those hold an `@`. */
export const CONTEXT_PARTITION = 'contexts';

export function contextKey(scope: string, deployment: string): ItemKey {
  return { pk: { S: CONTEXT_PARTITION }, sk: { S: `${scope}#${deployment}` } };
}

/**
 * Where the items of a scope are in the DynamoDB table (partition key `pk`, sort key `sk`, TTL attribute `expires`):
 *
 * | item          | pk                    | sk              | changes                                        |
 * |---------------|-----------------------|-----------------|------------------------------------------------|
 * | node          | `<scope>#<1st char>`  | `node#<hash>`   | never; 64 partitions, so that writes spread    |
 * | head          | `<scope>`             | `head`          | lease, epoch, root, pending, definition, flags |
 * | retention log | `<scope>#roots`       | `<ms>#<root>`   | never; goes by TTL after the retention         |
 * | status        | `<scope>#status`      | the object's key| for people only                                |
 * | position      | `<scope>#positions`   | `<work>#<n>`    | parts of where long work stopped               |
 * | memo          | `<scope>#memo#<source>#<1st char>` | `<hash>#<n>` | parts of a function's result; goes by TTL after its last use |
 * | memo's source | `<scope>#memos`       | `<source>`      | when its last result was put                   |
 * | deployment    | `contexts`            | `<scope>#<id>`  | with each deploy                               |
 */
export const NODE_PARTITIONS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const NODE_PREFIX = 'node#';

export interface ItemKey extends Record<string, { S: string }> {
  pk: { S: string };
  sk: { S: string };
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

export function retentionPartition(scope: string): string {
  return `${scope}#roots`;
}

export function retentionKey(scope: string, at: number, root: string): ItemKey {
  return { pk: { S: retentionPartition(scope) }, sk: { S: `${String(at).padStart(15, '0')}#${root}` } };
}

export function rootOfRetentionKey(sk: string): string {
  return sk.slice(sk.indexOf('#') + 1);
}

export function positionPartition(scope: string): string {
  return `${scope}#positions`;
}

/** The sort key of one of several parts: they sort by their numbers. */
export function partKey(name: string, part: number): string {
  return `${name}#${String(part).padStart(5, '0')}`;
}

export function positionKey(scope: string, work: string, part: number): ItemKey {
  return { pk: { S: positionPartition(scope) }, sk: { S: partKey(work, part) } };
}

export function memoPartition(scope: string, source: string, first: string): string {
  return `${scope}#memo#${source}#${first}`;
}

export function memoKey(scope: string, source: string, hash: string, part: number): ItemKey {
  return {
    pk: { S: memoPartition(scope, source, hash.charAt(0)) },
    sk: { S: partKey(hash, part) },
  };
}

/** The hash in the sort key of a memo's part. */
export function hashOfMemoKey(sk: string): string {
  return sk.slice(0, sk.indexOf('#'));
}

export function memoSourcePartition(scope: string): string {
  return `${scope}#memos`;
}

export function memoSourceKey(scope: string, source: string): ItemKey {
  return { pk: { S: memoSourcePartition(scope) }, sk: { S: source } };
}

export function statusPartition(scope: string): string {
  return `${scope}#status`;
}

export function statusKey(scope: string, objectKey: string): ItemKey {
  return { pk: { S: statusPartition(scope) }, sk: { S: objectKey } };
}

/** Partition of all deployments. No scope has that name: those hold an `@`. */
export const CONTEXT_PARTITION = 'contexts';

export function deploymentKey(scope: string, deployment: string): ItemKey {
  return { pk: { S: CONTEXT_PARTITION }, sk: { S: `${scope}#${deployment}` } };
}

import { GraphdropError } from '../graph/errors.ts';
import type { GraphDatabase, ResultRow } from './graph-database.ts';

/**
 * The fence is one node of the database, `(:_Graphdrop {scope})`. It holds the root of the tracked state that the graph is
 * equal to, and the epoch of the only worker that may change both. It is written in the same transaction as the graph: so
 * root and graph can't part, whatever dies when.
 */
export interface Fence {
  readonly epoch: number;
  readonly root: string;
  /** Identity of the state table that the scope belongs to; empty: it was given up, and the next takes it. */
  readonly store: string;
}

/**
 * Stands before the root of a scope that a taker has given back, or whose fence was lost, and in no root itself: the state that
 * had the scope before knows by it that it must look at everything again, constraints and claims too.
 */
export const GIVEN_BACK = '~';

/** The root that the graph is at, by the fence; the empty one where there is none. */
export function rootOf(fence: Fence | null): string {
  return (fence?.root ?? '').replace(GIVEN_BACK, '');
}

/** What a batch's transaction must find in the fence. */
export interface FenceCheck {
  readonly scope: string;
  readonly epoch: number;
  /** The root that the batch was planned on. */
  readonly root: string;
  readonly definition: string;
  /** The root that it leads to. */
  readonly next: string;
}

/** The fence isn't as the batch was planned on: another worker or a deploy came in between. Nothing was applied. */
export class StaleFenceError extends GraphdropError {
  readonly code = 'STALE_FENCE';
  override readonly retryable = true;
}

/** The database's scope belongs to another state table: two stacks use one ContextKey name on one database. */
export class ForeignFenceError extends GraphdropError {
  readonly code = 'FOREIGN_FENCE';
}

/** The fence's own constraint: without it, two workers could make two fences. */
const CREATE_CONSTRAINT =
  'CREATE CONSTRAINT graphdrop_fence IF NOT EXISTS FOR (f:_Graphdrop) REQUIRE f.scope IS UNIQUE';

/**
 * Sets our epoch, unless a higher one is there, and returns what the fence then holds. The write locks the node, so it
 * waits for the open transaction of a predecessor; a plain read would give the root from before that transaction. If that
 * transaction deleted the fence (somebody wipes the database), the match still has it, without properties: there is none.
 */
const STAMP = `
MATCH (f:_Graphdrop {scope: $scope})
SET f.locked = true
WITH f WHERE f.scope = $scope
WITH f, f.epoch <= $epoch AND f.store IN [$store, ''] AS ours
SET f.epoch = CASE WHEN ours THEN $epoch ELSE f.epoch END,
    f.store = CASE WHEN ours THEN $store ELSE f.store END,
    f.definition = CASE WHEN ours THEN $definition ELSE f.definition END
RETURN f.epoch AS epoch, f.root AS root, f.store AS store`;

const CREATE = `
MERGE (f:_Graphdrop {scope: $scope})
ON CREATE SET f.epoch = $epoch, f.root = $root, f.definition = $definition, f.store = $store
RETURN f.store AS store`;

/** Takes the lock first (SET), then compares: a check before the lock would pass and then overwrite. */
const ADVANCE = `
MATCH (f:_Graphdrop {scope: $scope})
SET f.locked = true
WITH f WHERE f.epoch = $epoch AND f.root = $root AND f.definition = $definition
SET f.root = $next
RETURN count(*) AS n`;

/** One row, if the fence is as a batch was planned on. Takes no lock: what it says may be over a moment later. */
export const FENCE_HOLDS = `
MATCH (f:_Graphdrop {scope: $scope})
WHERE f.epoch = $epoch AND f.root = $root AND f.definition = $definition
RETURN count(*) AS n`;

export interface Stamp {
  readonly scope: string;
  readonly epoch: number;
  readonly definition: string;
  readonly store: string;
}

/** @returns the fence after stamping; null: there is none. @throws ForeignFenceError */
export async function stampFence(graph: GraphDatabase, stamp: Stamp): Promise<Fence | null> {
  const records = await graph.queryOnce(STAMP, stampParameters(stamp));
  const [record] = records;
  if (record === undefined) return null;
  const fence = decodeFence(record);
  requireOwn(fence.store, stamp);
  return fence;
}

/** Reads the fence without waiting for a transaction that may be moving it; null: there is none. */
export async function readFence(graph: GraphDatabase, scope: string): Promise<Fence | null> {
  const text = 'MATCH (f:_Graphdrop {scope: $scope}) RETURN f.epoch AS epoch, f.root AS root, f.store AS store';
  const [record] = await graph.query(text, { scope });
  return record === undefined ? null : decodeFence(record);
}

/** Makes the fence where there is none. @throws ForeignFenceError if another state made one meanwhile */
export async function createFence(graph: GraphDatabase, stamp: Stamp, root: string): Promise<void> {
  await graph.query(CREATE_CONSTRAINT);
  const [record] = await graph.queryOnce(CREATE, { ...stampParameters(stamp), root });
  // Once more: with the last fence but ours the constraint may just have gone (`dropSchema`).
  await graph.query(CREATE_CONSTRAINT);
  requireOwn(String(record?.store), stamp);
}

/** Gives the scope's fence up, with the graph as it is: whoever deploys the scope next takes it over. */
export async function disownFence(graph: GraphDatabase, { scope, store }: Stamp): Promise<void> {
  const text = "MATCH (f:_Graphdrop {scope: $scope, store: $store}) SET f.store = ''";
  await graph.queryOnce(text, { scope, store });
}

function decodeFence({ epoch, root, store }: ResultRow): Fence {
  return { epoch: Number(epoch), root: String(root), store: String(store) };
}

function requireOwn(store: string, stamp: Stamp): void {
  if (store === stamp.store || store === '') return;
  throw new ForeignFenceError(
    `${stamp.scope}: the database belongs to another graphdrop state (${store}, not ${stamp.store}); ` +
      'use another ContextKey name or database, or destroy the stack that holds it',
  );
}

/** Moves the fence to another root outside a batch. @throws StaleFenceError */
export async function moveFence(graph: GraphDatabase, check: FenceCheck): Promise<void> {
  const [record] = await graph.queryOnce(ADVANCE, fenceParameters(check));
  if (record?.n !== 1n) throw staleFence(check);
}

/** The first statement of a batch: matches the fence by equality and moves it. One row: it is ours. */
export const ADVANCE_FENCE = ADVANCE;

export function fenceParameters({ scope, epoch, root, definition, next }: FenceCheck): Record<string, unknown> {
  return { scope, epoch: BigInt(epoch), root, definition, next };
}

function stampParameters({ scope, epoch, definition, store }: Stamp): Record<string, unknown> {
  return { scope, epoch: BigInt(epoch), definition, store };
}

export function staleFence({ scope, epoch, root }: FenceCheck): StaleFenceError {
  return new StaleFenceError(`${scope}: the fence is not at epoch ${epoch} and root ${root || '(empty)'} any more`);
}

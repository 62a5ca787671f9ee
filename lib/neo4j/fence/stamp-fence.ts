/** What is done with a fence outside of batches: stamping, reading, making, moving and giving it up. */
import type { GraphDatabase, ResultRow } from '../graph-database.ts';
import { createStatement } from '../schema/schema.ts';
import {
  ADVANCE_FENCE,
  FENCE,
  type Fence,
  type FenceCheck,
  ForeignFenceError,
  fenceConstraint,
  fenceParameters,
  LOCKED_FENCE,
  staleFence,
} from './fence.ts';

/** Sets our epoch, unless a higher one is there, and returns what the fence then holds. */
const STAMP = `
${LOCKED_FENCE}
WITH f, f.epoch <= $epoch AND f.store IN [$store, ''] AS ours
SET f.epoch = CASE WHEN ours THEN $epoch ELSE f.epoch END,
    f.store = CASE WHEN ours THEN $store ELSE f.store END,
    f.definition = CASE WHEN ours THEN $definition ELSE f.definition END
RETURN f.epoch AS epoch, f.root AS root, f.store AS store`;

const CREATE = `
MERGE (f:_Graphdrop {scope: $scope})
ON CREATE SET f.epoch = $epoch, f.root = $root, f.definition = $definition, f.store = $store
RETURN f.store AS store`;

export interface Stamp {
  readonly scope: string;
  readonly epoch: number;
  readonly definition: string;
  readonly store: string;
}

/** Stamps the fence. @returns it afterwards; null: there is none. @throws ForeignFenceError */
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
  const [record] = await graph.query(`${FENCE} RETURN f.epoch AS epoch, f.root AS root, f.store AS store`, { scope });
  return record === undefined ? null : decodeFence(record);
}

/** Makes the fence where there is none. @throws ForeignFenceError if another state made one meanwhile */
export async function createFence(graph: GraphDatabase, stamp: Stamp, root: string): Promise<void> {
  await graph.query(createStatement(fenceConstraint));
  const [record] = await graph.queryOnce(CREATE, { ...stampParameters(stamp), root });
  // Once more: with the last fence but ours the constraint may just have gone (`dropSchema`).
  await graph.query(createStatement(fenceConstraint));
  requireOwn(String(record?.store), stamp);
}

/** Gives the scope's fence up, with the graph as it is: the next deploy of the scope takes it over. */
export async function disownFence(graph: GraphDatabase, { scope, store }: Stamp): Promise<void> {
  const text = "MATCH (f:_Graphdrop {scope: $scope, store: $store}) SET f.store = ''";
  await graph.queryOnce(text, { scope, store });
}

/** Moves the fence to another root outside a batch. @throws StaleFenceError */
export async function moveFence(graph: GraphDatabase, check: FenceCheck): Promise<void> {
  const [record] = await graph.queryOnce(ADVANCE_FENCE, fenceParameters(check));
  if (record?.n !== 1n) throw staleFence(check);
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

function stampParameters({ scope, epoch, definition, store }: Stamp): Record<string, unknown> {
  return { scope, epoch: BigInt(epoch), definition, store };
}

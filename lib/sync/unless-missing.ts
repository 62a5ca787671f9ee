import { MissingNodeError } from '../state/tree-nodes.ts';

/** Takes tracked state that lost a node for none: the worker with the lease can begin it anew. */
export function unlessMissing(error: unknown): null {
  if (error instanceof MissingNodeError) return null;
  throw error;
}

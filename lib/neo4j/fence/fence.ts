import { GraphdropError } from '../../errors.ts';
import type { KeyArtifact } from '../schema/schema.ts';

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
 * Prefix of a fence's root, for a scope that another state gave back or whose fence was lost. No root contains it. The state that
 * had the scope before reads it as: look at everything again, constraints and claims too.
 */
export const GIVEN_BACK = '~';

/** Returns the root that the graph is at, by the fence; the empty one where there is none. */
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

/** The constraint that makes a second fence of one scope impossible; shared by all scopes of a database. */
export const fenceConstraint: KeyArtifact = {
  kind: 'constraint',
  name: 'graphdrop_fence',
  entity: '_Graphdrop',
  property: 'scope',
};

/** Matches the fence of `$scope` as `f`, without waiting for a transaction that may be moving it. */
export const FENCE = 'MATCH (f:_Graphdrop {scope: $scope})';

/**
 * Matches the fence with its lock, which the write takes: it waits for a transaction that is moving the fence, where a plain
 * read would give what was before. If that transaction deleted the fence (a wiped database), the match still has it, without
 * properties: hence the second look. May be followed by `AND`.
 */
export const LOCKED_FENCE = `${FENCE}
SET f.locked = true
WITH f WHERE f.scope = $scope`;

const AS_PLANNED = 'f.epoch = $epoch AND f.root = $root AND f.definition = $definition';

/** The first statement of a batch: moves the fence, if it is as planned. One row: it is ours. */
export const ADVANCE_FENCE = `
${LOCKED_FENCE} AND ${AS_PLANNED}
SET f.root = $next
RETURN count(*) AS n`;

/** One row, if the fence is as a batch was planned on. Takes no lock: what it says may be over a moment later. */
export const FENCE_HOLDS = `
${FENCE}
WHERE ${AS_PLANNED}
RETURN count(*) AS n`;

export function fenceParameters({ scope, epoch, root, definition, next }: FenceCheck): Record<string, unknown> {
  return { scope, epoch: BigInt(epoch), root, definition, next };
}

export function staleFence({ scope, epoch, root }: FenceCheck): StaleFenceError {
  return new StaleFenceError(`${scope}: the fence is not at epoch ${epoch} and root ${root || '(empty)'} any more`);
}

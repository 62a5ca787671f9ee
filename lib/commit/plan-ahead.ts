import { setImmediate } from 'node:timers/promises';
import { type Batch, type BatchInput, type BlockedBatch, prepareBatch } from '../reconcile/batch.ts';
import type { Scope } from '../scope.ts';
import type { NodeStage } from '../state/node-stage.ts';
import { readRoot } from '../state/read-root.ts';
import { LeaseLostError } from '../state/scope-head.ts';
import type { StoredNode } from '../state/tree-node.ts';
import { renewalOf } from './lease.ts';
import type { Ready } from './ready.ts';

/** What a batch is planned on. */
export interface BatchBasis extends BatchInput {
  /** Hash of the root. */
  readonly rootHash: string;
}

/** A planned batch with the stage that has its new nodes. */
export interface PlannedBatch {
  readonly stage: NodeStage;
  readonly prepared: Batch | BlockedBatch;
}

/** What is known of a batch that is under way. */
export interface BatchBefore {
  readonly stage: NodeStage;
  /** New nodes that it stores. */
  readonly nodes: readonly StoredNode[];
  /** Renews the lease, where it is time to. */
  readonly renew: () => Promise<void>;
}

/** Plans a batch whose turn has come. @throws MissingNodeError, LeaseLostError */
export async function planBatch(scope: Scope, ready: Ready, basis: Omit<BatchBasis, 'root'>): Promise<PlannedBatch> {
  const stage = scope.nodes.stage(renewalOf(scope, ready));
  return { stage, prepared: await prepareBatch(stage, { ...basis, root: await readRoot(scope, basis.rootHash) }) };
}

/**
 * Plans the batch that follows the one under way, while the database works on that. It is planned on the root that the one under way
 * will leave, and used only if everything that it was planned on is as it was thought to be: a batch that fails leaves another root.
 */
export class PlanAhead {
  #next: { readonly plan: Plan; readonly planned: Promise<PlannedBatch | null> } | null = null;

  /**
   * Begins to plan. What couldn't be used isn't planned, and what is forgotten not to its end: the lease may be another's by then.
   *
   * @returns when that is done
   */
  async begin(basis: BatchBasis, before: BatchBefore): Promise<void> {
    this.forget();
    if (needsMore(basis)) return;
    const plan = { basis, isForgotten: false };
    const planned = carryOut(plan, before);
    this.#next = { plan, planned };
    await planned;
  }

  /** Returns what was planned on just this, and gives it out of hand; null: nothing. */
  async take(basis: Omit<BatchBasis, 'root'>): Promise<PlannedBatch | null> {
    const next = this.#next;
    if (next === null || !isSame(next.plan.basis, basis)) {
      this.forget();
      return null;
    }
    this.#next = null;
    return await next.planned;
  }

  forget(): void {
    if (this.#next !== null) this.#next.plan.isForgotten = true;
    this.#next = null;
  }
}

/** A plan for a batch that may come. */
interface Plan {
  readonly basis: BatchBasis;
  /** Whether nothing waits for it any more. One that was taken is not forgotten: its stage is read from as long as its batch lasts. */
  isForgotten: boolean;
}

async function carryOut(plan: Plan, { stage: last, nodes, renew }: BatchBefore): Promise<PlannedBatch | null> {
  // First what waits to be sent: planning lets nothing else happen.
  await setImmediate();
  if (plan.isForgotten) return null;
  const stage = last.following(nodes, async () => {
    if (plan.isForgotten) throw new LeaseLostError('nothing waits for this plan any more');
    await renew();
  });
  try {
    return { stage, prepared: await prepareBatch(stage, plan.basis) };
  } catch {
    return null; // what is wrong is found once more, when its turn has come
  }
}

function isSame(one: Omit<BatchBasis, 'root'>, other: Omit<BatchBasis, 'root'>): boolean {
  if (one.rootHash !== other.rootHash || one.maxRows !== other.maxRows || one.maxBytes !== other.maxBytes) return false;
  if (needsMore(other)) return false;
  const { changes } = other;
  return one.changes.length === changes.length && one.changes.every((change, index) => change === changes[index]);
}

/** Tells whether a batch has more to go by than its objects: values from elsewhere come and go meanwhile. */
function needsMore({ restore, runnersUp }: Omit<BatchBasis, 'root'>): boolean {
  return restore.length > 0 || [...runnersUp.values()].some(rows => rows.size > 0);
}

import { setImmediate } from 'node:timers/promises';
import { type Batch, type BatchInput, type BlockedBatch, prepareBatch } from '../reconcile/batch.ts';
import type { Scope } from '../scope.ts';
import type { NodeStage } from '../state/node-stage.ts';
import { readRoot } from '../state/read-root.ts';
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
  #next: { readonly basis: BatchBasis; readonly planned: Promise<PlannedBatch | null> } | null = null;

  begin(basis: BatchBasis, stage: NodeStage): void {
    this.#next = { basis, planned: this.#plan(basis, stage) };
  }

  async #plan(basis: BatchBasis, stage: NodeStage): Promise<PlannedBatch | null> {
    // First what waits to be sent: planning lets nothing else happen.
    await setImmediate();
    if (this.#next?.basis !== basis) return null;
    try {
      return { stage, prepared: await prepareBatch(stage, basis) };
    } catch {
      return null; // what is wrong is found once more, when its turn has come
    }
  }

  /** Returns what was planned on just this, and forgets it; null: nothing. */
  async take(basis: Omit<BatchBasis, 'root'>): Promise<PlannedBatch | null> {
    const next = this.#next;
    const planned = next !== null && isSame(next.basis, basis) ? await next.planned : null;
    this.forget();
    return planned;
  }

  forget(): void {
    this.#next = null;
  }
}

function isSame(one: Omit<BatchBasis, 'root'>, other: Omit<BatchBasis, 'root'>): boolean {
  if (one.rootHash !== other.rootHash || one.maxRows !== other.maxRows || one.maxBytes !== other.maxBytes) return false;
  // Values from elsewhere may have come or gone meanwhile.
  for (const { restore, runnersUp } of [one, other]) if (restore.length > 0 || runnersUp.size > 0) return false;
  const { changes } = other;
  return one.changes.length === changes.length && one.changes.every((change, index) => change === changes[index]);
}

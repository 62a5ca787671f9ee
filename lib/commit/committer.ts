import pMap from 'p-map';
import { keyedRow } from '../definition/declaration.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import { GraphDriftError } from '../neo4j/commit-result.ts';
import type { Count } from '../neo4j/statements/statement.ts';
import { type Batch, type BlockedBatch, declaredKeys, type RestoredRow } from '../reconcile/batch.ts';
import { changesState, type ObjectChange, type ObjectEdit } from '../reconcile/object-diff.ts';
import type { Scope } from '../scope.ts';
import { backOff } from '../state/backoff.ts';
import type { NodeStage } from '../state/node-stage.ts';
import type { KeyValue } from '../values/value.ts';
import { BatchPolicy } from './batch-policy.ts';
import { batchStatements } from './claimed-statements.ts';
import { acceptMove, commitMove } from './commit-move.ts';
import type { CommitOptions } from './commit-options.ts';
import type { CommitOutcome } from './commit-outcome.ts';
import { acquire, isWaitedFor, type Lease, release, renewalOf, ScopeBusyError } from './lease.ts';
import { moveSize } from './move-size.ts';
import { type BatchBasis, PlanAhead, planBatch } from './plan-ahead.ts';
import type { Ready } from './ready.ts';
import { recover, recoverFromFiles } from './recover.ts';
import { remedyFor, WAIT } from './retry.ts';
import { bytesOfMissing, RunnersUp, RunnersUpError } from './runners-up.ts';
import { changedMeanwhile } from './second-look.ts';
import { namesOfStubs, Slices } from './slices.ts';

/**
 * Brings objects into the graph, in as many transactions as their rows need. Each transaction moves graph and tracked
 * state together or not at all, so whatever stops this leaves nothing to repair. Doesn't throw: what was applied before a
 * failure stays applied, and is told with it.
 */
export async function commitChanges(
  scope: Scope,
  changes: readonly ObjectChange[],
  options: CommitOptions = {},
): Promise<CommitOutcome> {
  return await new Committer(scope, changes, options).run();
}

/** Objects that the database fails at one after the other, with no success in between, until it is taken to fail at all. */
const FAULTS_OF_SERVER = 8;

/** Files that a batch depends on may depend on others, and so on: after so many reads of them an invocation without time ends. */
const MAX_LATE_ROUNDS = 2;

class Committer {
  readonly #scope: Scope;
  readonly #deadline: number;
  readonly #policy: BatchPolicy;
  readonly #runnersUp: RunnersUp;
  #open: ObjectChange[];
  #lost: readonly RestoredRow[];
  /** Acquired and not released. */
  #lease: Lease | null = null;
  /** What the next batch builds upon; null: unknown, so that the next attempt begins with a lease of its own. */
  #ready: Ready | null = null;
  readonly #ahead = new PlanAhead();
  readonly #onIdle: () => void;
  /** Objects in the batch whose transaction is under way. */
  #inFlight: readonly ObjectEdit[] = [];
  /** Whether head has the proposal of a batch that failed, and no lease since then set it right. */
  #hasProposed = false;
  #restore: RestoredRow[] = [];
  readonly #applied: CommitOutcome['applied'] = new Map();
  readonly #slices = new Slices();
  readonly #rejected: CommitOutcome['rejected'] = new Map();
  readonly #setAside: CommitOutcome['setAside'] = new Map();
  readonly #stale = new Set<string>();
  readonly #counts: CommitOutcome['counts'] = new Map();
  /** How often files that the first batch depends on were read when time was up. */
  #lateRounds = 0;
  /** Runners-up that are applied as they are now. */
  readonly #reapplied = new Set<string>();
  #transactions = 0;
  /** Objects that the database refused or failed at, and the number of transactions before that. */
  readonly #postponed = new Map<string, number>();
  #replaced = false;

  constructor(
    scope: Scope,
    changes: readonly ObjectChange[],
    { lost = [], deadline = Number.POSITIVE_INFINITY, onIdle = () => {} }: CommitOptions,
  ) {
    this.#scope = scope;
    this.#deadline = deadline;
    this.#onIdle = onIdle;
    this.#policy = new BatchPolicy(scope.limits);
    this.#runnersUp = new RunnersUp(scope, deadline);
    this.#open = [...changes];
    this.#lost = lost;
  }

  get #isDone(): boolean {
    return this.#open.length === 0 && this.#lost.length === 0;
  }

  async run(): Promise<CommitOutcome> {
    let failure: CommitOutcome['failure'] = null;
    try {
      while (
        (!this.#isDone || this.#hasProposed) &&
        ((this.#transactions === 0 && this.#lateRounds < MAX_LATE_ROUNDS) || Date.now() < this.#deadline)
      ) {
        try {
          this.#ready ??= await this.#enter(recover);
          if (!this.#isDone) await this.#nextBatch(this.#ready);
          // From batch to batch it goes to another that waits.
          if (!this.#isDone && this.#ready !== null && (await isWaitedFor(this.#scope))) await this.#leave();
        } catch (error) {
          this.#ready = null; // a new attempt begins with a new epoch: nothing of the old one can commit any more
          this.#ahead.forget();
          // Another that has the lease sets head right.
          if (this.#isDone && error instanceof ScopeBusyError) break;
          await this.#remedy(error);
        }
      }
      for (const { key } of this.#open) this.#stale.add(key);
    } catch (error) {
      failure = { error };
    }
    // Failing to release is harmless: the lease expires.
    await this.#leave().catch(() => {});
    return {
      applied: this.#applied,
      rejected: this.#rejected,
      setAside: this.#setAside,
      stale: this.#stale,
      counts: this.#counts,
      transactions: this.#transactions,
      replaced: this.#replaced,
      failure,
    };
  }

  /** Acquires the lease, then looks at each object again: what changed since it was read is not applied. */
  async #enter(prepare: typeof recover): Promise<Ready> {
    const lease = await acquire(this.#scope, this.#deadline, this.#onIdle);
    this.#lease = lease;
    const ready = await prepare(this.#scope, lease).catch(async error => {
      await this.#leave().catch(() => {}); // an unreachable database is no reason to keep others waiting
      throw error;
    });
    this.#hasProposed = false;
    this.#replaced ||= ready.replaced;
    const changed = await changedMeanwhile(this.#scope, this.#open, renewalOf(this.#scope, lease));
    for (const key of changed) this.#stale.add(key);
    this.#open = this.#open.filter(({ key }) => !changed.has(key));
    return ready;
  }

  async #nextBatch(ready: Ready): Promise<void> {
    const scope = this.#scope;
    const lost = this.#lost.slice(0, this.#policy.maxRows);
    const basis = this.#basis(ready.root, this.#open, lost);
    const { stage, prepared } = (await this.#ahead.take(basis)) ?? (await planBatch(scope, ready, basis));
    await scope.observe('planned');
    if (prepared.kind === 'blocked') {
      const { rows, bytes } = bytesOfMissing(prepared);
      if (this.#policy.cut(rows, bytes)) return;
      await this.#leave(); // reading files takes its time: others may commit meanwhile
      // They may need others in turn, and so on.
      if (Date.now() >= this.#deadline) this.#lateRounds += 1;
      await this.#readRunnersUp(prepared);
      return;
    }
    if (prepared.rootHash !== ready.root || basis.restore.length > 0) {
      await scope.head.renew(ready.epoch, scope.limits.leaseMs);
      // Beside those that were taken, a batch may touch objects that keep values which can't be had.
      const taken = new Set(this.#open.map(({ key }) => key));
      this.#inFlight = prepared.edits.filter(({ key }) => taken.has(key));
      const counts = await this.#commit(ready, prepared, stage);
      this.#inFlight = [];
      this.#transactions += 1;
      for (const [kind, count] of counts) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
      this.#ready = await acceptMove(scope, ready, { next: prepared.rootHash });
    }
    this.#lost = this.#lost.slice(lost.length);
    this.#runnersUp.forget(lost.map(({ row }) => row));
    this.#finish(prepared);
  }

  /** Returns what a batch is planned on. @param open objects to be applied */
  #basis(rootHash: string, open: readonly ObjectChange[], lost: readonly RestoredRow[]): Omit<BatchBasis, 'root'> {
    const { maxObjects, maxRows, maxBytes } = this.#policy;
    const { tables } = this.#scope;
    const runnersUp = this.#runnersUp.rows;
    const restore = [...this.#restore, ...lost];
    return { rootHash, tables, changes: open.slice(0, maxObjects), runnersUp, restore, maxRows, maxBytes };
  }

  /** Plans the batch after one that is under way, as if that were committed. */
  #planAhead(ready: Ready, { root, rootHash, nodes, edits }: Batch, stage: NodeStage): void {
    const done = new Set(edits.filter(({ complete }) => complete).map(({ key }) => key));
    const open = this.#open.filter(({ key }) => !done.has(key));
    if (open.length === 0) return;
    const basis = this.#basis(rootHash, open, []);
    this.#ahead.begin({ ...basis, root }, { stage, nodes, renew: renewalOf(this.#scope, ready) });
  }

  async #commit(ready: Ready, batch: Batch, stage: NodeStage): Promise<Map<Count, number>> {
    const tolerant = ready.tolerant || this.#policy.tolerant || this.#lost.length > 0;
    const counts = await commitMove(this.#scope, ready, {
      next: batch.rootHash,
      nodes: batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode],
      statements: await batchStatements(this.#scope, batch, { tolerant, clearsFirst: this.#policy.clearsFirst }),
      tolerant,
      size: moveSize(batch, this.#open),
      review: made => this.#review(batch, stage, made),
      onSent: () => {
        this.#planAhead(ready, batch, stage);
        this.#onIdle();
      },
    });
    // The slices of spooled rows follow each other in the order of keys: none touches the leaves of another again.
    const passes = this.#open[0]?.version?.spooled !== undefined;
    stage.remember(passes ? batch.nodes.filter(({ node }) => node?.level !== 0) : batch.nodes);
    return counts;
  }

  /** An endpoint that had to be made although a file declares it was deleted by hand: its values must come back with it. */
  async #review(batch: Batch, stage: NodeStage, made: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
    const lost: RestoredRow[] = [];
    const stubs = new Map<string, Map<string, string>>();
    this.#slices.stubs = stubs;
    for (const [table, keys] of made) {
      const declared = await declaredKeys(stage, table, batch.root.tables.get(table), keys as KeyValue[]);
      const others = (keys as KeyValue[]).filter(key => !declared.has(key));
      stubs.set(table, await namesOfStubs(stage, table, batch.root.tables.get(table), others));
      for (const key of declared) {
        const row = keyedRow(table, key);
        if (!this.#runnersUp.isLost(row)) lost.push({ table, row });
      }
    }
    if (lost.length === 0) return;
    this.#restore = [...this.#restore, ...lost];
    throw new GraphDriftError(`${lost.length} nodes that files declare were deleted by hand; they are restored`);
  }

  /** Gets the values of rows whose winner is an object outside the batch. */
  async #readRunnersUp({ missing }: BlockedBatch): Promise<void> {
    const changes = await pMap(missing.values(), ({ entry, rows }) => this.#runnersUp.read(entry, rows), {
      concurrency: 8,
    });
    for (const change of changes) {
      if (change === null) continue;
      const { key } = change;
      // A new object is progress, and there are only so many. One that is asked for again gives something else at each read:
      // after some tries it must not keep the others waiting.
      if (this.#reapplied.has(key) && this.#policy.failed('again', 0) === 'give up')
        throw new RunnersUpError(this.#scope.name);
      this.#reapplied.add(key);
      this.#open = [change, ...this.#open.filter(open => open.key !== key)];
    }
  }

  #finish({ edits, tables }: Batch): void {
    this.#restore = [];
    this.#policy.succeeded();
    const done = new Set<string>();
    for (const edit of edits) {
      const { key, after } = edit;
      const slices = this.#slices.add(edit, tables);
      this.#runnersUp.forget(edit.rows.keys());
      if (!edit.complete) continue;
      done.add(key);
      const changed = this.#applied.get(key)?.changed === true || changesState(edit);
      this.#applied.set(key, { changed, entry: after, ...slices });
    }
    this.#slices.stubs = new Map();
    this.#open = this.#open.filter(({ key }) => !done.has(key));
  }

  async #remedy(error: unknown): Promise<void> {
    if (error instanceof ScopeBusyError) throw error;
    const scope = this.#scope;
    const failed = this.#inFlight;
    this.#inFlight = [];
    this.#hasProposed ||= failed.length > 0;
    const remedy = remedyFor(error, failed.length > 0);
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    scope.log({ level: 'warn', event: 'batch-failed', scope: scope.name, remedy, error: text });
    const first = failed[0]?.key ?? '';
    if (remedy === 'isolate' && failed.length === 1 && this.#isSuspect(first)) return this.#leaveOut(first, error);
    const next = this.#policy.failed(remedy, failed.length);
    if (next === 'give up') throw error;
    if (next === 'reject') return this.#reject(first, error);
    if (next === 'set aside') return this.#leaveOut(first, error);
    if (remedy === 'recover') this.#ready = await this.#enter(recoverFromFiles);
    const wait = WAIT[remedy];
    if (wait !== null) await backOff(this.#policy.tries, wait);
  }

  /** Tries an object again after all others, if any of them was applied since it was tried last. @returns whether it will be */
  #postpone(key: string): boolean {
    const change = this.#open.find(open => open.key === key);
    if (change === undefined || this.#open.length === 1 || this.#postponed.get(key) === this.#transactions)
      return false;
    this.#postponed.set(key, this.#transactions);
    this.#open = [...this.#open.filter(open => open !== change), change];
    return true;
  }

  /** Whether the database failed at an object alone and took others since then. */
  #isSuspect(key: string): boolean {
    return (this.#postponed.get(key) ?? this.#transactions) < this.#transactions;
  }

  /** Goes on without an object that the database fails at, unless it fails at the next ones, too: then it is the server. */
  #leaveOut(key: string, error: unknown): void {
    if (this.#open.length > 1 && !this.#isSuspect(key)) {
      const sinceSuccess = [...this.#postponed.values()].filter(transactions => transactions === this.#transactions);
      if (sinceSuccess.length >= FAULTS_OF_SERVER) throw error;
      if (this.#postpone(key)) return;
      if (this.#transactions === 0) throw error;
    }
    this.#setAside.set(key, error);
    this.#open = this.#open.filter(open => open.key !== key);
  }

  /** Rejects an object, once it was tried again after all others: they may take away what is in its way. */
  #reject(key: string, error: unknown): void {
    if (this.#postpone(key)) return;
    const problem = `the database refuses it: ${error instanceof Error ? error.message : String(error)}`;
    const location = { bucket: this.#scope.objects.bucket, key };
    const version = this.#open.find(change => change.key === key)?.version ?? undefined;
    const options = { cause: error, by: 'database', version } as const;
    this.#rejected.set(key, new RejectedObjectError(location, [{ problem }], options));
    this.#open = this.#open.filter(change => change.key !== key);
  }

  async #leave(): Promise<void> {
    const lease = this.#lease;
    this.#lease = null;
    this.#ready = null;
    this.#ahead.forget();
    if (lease === null) return;
    await release(lease);
    await this.#scope.observe('released');
  }
}

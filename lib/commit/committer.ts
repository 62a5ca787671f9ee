import pMap from 'p-map';
import { RejectedObjectError } from '../files/rejection.ts';
import { GraphDriftError } from '../neo4j/commit-result.ts';
import type { Count } from '../neo4j/statements/statement.ts';
import type { Batch, BlockedBatch, RestoredRow } from '../reconcile/batch.ts';
import { changesState, type ObjectChange, type ObjectEdit } from '../reconcile/object-diff.ts';
import type { Scope } from '../scope.ts';
import { backOff } from '../state/backoff.ts';
import type { NodeStage } from '../state/node-stage.ts';
import { BatchPolicy } from './batch-policy.ts';
import type { ChangeSupply } from './change-supply.ts';
import { batchStatements } from './claimed-statements.ts';
import { acceptMove, commitMove } from './commit-move.ts';
import type { CommitOptions } from './commit-options.ts';
import { type Applied, CommitOutcome } from './commit-outcome.ts';
import { acquire, isWaitedFor, type Lease, release, renewalOf, ScopeBusyError } from './lease.ts';
import { madeEnds } from './made-ends.ts';
import { moveSize } from './move-size.ts';
import { FAULTS_OF_SERVER, OpenObjects, rowsOf } from './open-objects.ts';
import { type BatchBasis, PlanAhead, planBatch } from './plan-ahead.ts';
import type { Ready } from './ready.ts';
import { recover, recoverFromFiles } from './recover.ts';
import { remedyFor, WAIT } from './retry.ts';
import { bytesOfMissing, RunnersUp } from './runners-up.ts';
import { changedMeanwhile } from './second-look.ts';
import { Slices } from './slices.ts';

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

/** Files that a batch depends on may depend on others, and so on: after so many reads of them an invocation without time ends. */
const MAX_LATE_ROUNDS = 2;

class Committer {
  readonly #scope: Scope;
  readonly #deadline: number;
  readonly #policy: BatchPolicy;
  #runnersUp: RunnersUp;
  readonly #open: OpenObjects;
  /** Rows that the graph lost, to be restored. */
  #lost: readonly RestoredRow[];
  /** Acquired and not released. */
  #lease: Lease | null = null;
  /** What the next batch builds upon; null: unknown, so that the next attempt begins with a lease of its own. */
  #ready: Ready | null = null;
  /** When the lease was there (`performance.now()`). */
  #leasedAt = 0;
  /** Renews the lease, where it is time to. */
  #renew: () => Promise<void> = async () => {};
  readonly #ahead = new PlanAhead();
  readonly #supply: ChangeSupply | undefined;
  /** Objects are being taken beside a batch. Never rejects. */
  #taking: Promise<void> = Promise.resolve();
  /** Objects in the batch whose transaction is under way. */
  #inFlight: readonly ObjectEdit[] = [];
  /** Objects whose edges need the rows that are restored. */
  #needing: readonly ObjectEdit[] = [];
  /** Whether head has the proposal of a batch that failed, and no lease since then set it right. */
  #hasProposed = false;
  readonly #slices = new Slices();
  readonly #outcome = new CommitOutcome();
  /** How often files that the first batch depends on were read when time was up. */
  #lateRounds = 0;
  /** Runners-up that are applied as they are now. */
  readonly #reapplied = new Set<string>();

  constructor(
    scope: Scope,
    changes: readonly ObjectChange[],
    { lost = [], deadline = Number.POSITIVE_INFINITY, supply }: CommitOptions,
  ) {
    this.#scope = scope;
    this.#deadline = deadline;
    this.#supply = supply;
    this.#policy = new BatchPolicy(scope.limits);
    this.#runnersUp = new RunnersUp(scope, deadline);
    this.#open = new OpenObjects(changes);
    this.#lost = lost;
  }

  get #isDone(): boolean {
    return this.#open.list.length === 0 && this.#lost.length === 0;
  }

  async run(): Promise<CommitOutcome> {
    try {
      while (
        (!this.#isDone || this.#hasProposed) &&
        ((this.#outcome.transactions === 0 && this.#lateRounds < MAX_LATE_ROUNDS) || Date.now() < this.#deadline)
      ) {
        try {
          this.#ready ??= await this.#enter(recover);
          if (!this.#isDone) await this.#nextBatch(this.#ready);
          if (this.#isDone && this.#ready !== null) await this.#takeMore([]);
          this.#join();
          // From batch to batch it goes to another that waits.
          if (!this.#isDone && this.#ready !== null && (await isWaitedFor(this.#scope))) await this.#leave();
        } catch (error) {
          this.#ready = null; // a new attempt begins with a new epoch: nothing of the old one can commit any more
          // Another that has the lease sets head right.
          if (this.#isDone && error instanceof ScopeBusyError) break;
          await this.#remedy(error);
        }
      }
      for (const { key } of this.#open.list) this.#outcome.stale.add(key);
    } catch (error) {
      this.#outcome.failure = { error };
    }
    // Failing to release is harmless: the lease expires.
    await this.#leave().catch(() => {});
    return this.#outcome;
  }

  /** Acquires the lease, then looks at each object again: what changed since it was read is not applied. */
  async #enter(prepare: typeof recover): Promise<Ready> {
    const lease = await acquire(this.#scope, this.#deadline, () => this.#supply?.onIdle());
    this.#lease = lease;
    this.#leasedAt = performance.now();
    this.#renew = renewalOf(this.#scope, lease, lease.head.until - this.#scope.limits.leaseMs);
    const ready = await prepare(this.#scope, lease).catch(async error => {
      await this.#leave().catch(() => {}); // an unreachable database is no reason to keep others waiting
      throw error;
    });
    this.#hasProposed = false;
    this.#outcome.replaced ||= ready.replaced;
    const changed = await changedMeanwhile(this.#scope, this.#open.list, this.#renew);
    for (const key of changed) this.#outcome.stale.add(key);
    this.#open.remove(changed);
    return ready;
  }

  async #nextBatch(ready: Ready): Promise<void> {
    const scope = this.#scope;
    const lost = this.#lost.slice(0, this.#policy.maxRows);
    // With the last of them come objects, not before: their edges would need all.
    const isAlone = lost.length < this.#lost.length;
    const basis = this.#basis(ready.root, isAlone ? [] : this.#open.list, lost);
    const { stage, prepared } = (await this.#ahead.take(basis)) ?? (await planBatch(scope, ready, basis));
    await scope.observe('planned');
    if (prepared.kind === 'blocked') {
      const { rows, bytes } = bytesOfMissing(prepared);
      if (this.#policy.cut(rows, bytes)) return;
      await this.#leave(); // reading files takes its time: others may commit meanwhile
      if (Date.now() >= this.#deadline) this.#lateRounds += 1;
      await this.#readRunnersUp(prepared);
      return;
    }
    if (prepared.rootHash !== ready.root || basis.restore.length > 0) {
      await this.#renew();
      // Beside those that were taken, a batch may touch objects that keep values which can't be had.
      const taken = new Set(this.#open.list.map(({ key }) => key));
      this.#inFlight = (isAlone ? this.#needing : prepared.edits).filter(({ key }) => taken.has(key));
      const counts = await this.#commit(ready, prepared, stage);
      this.#inFlight = [];
      this.#outcome.committed(counts);
      this.#ready = await acceptMove(scope, ready, { next: prepared.rootHash });
      this.#renew = renewalOf(scope, ready);
      await this.#taking;
    }
    this.#lost = this.#lost.slice(lost.length);
    this.#runnersUp.forget(lost.map(({ row }) => row));
    this.#finish(prepared);
  }

  /** Returns what a batch is planned on. @param open objects to be applied */
  #basis(rootHash: string, open: readonly ObjectChange[], restore: readonly RestoredRow[]): Omit<BatchBasis, 'root'> {
    const { maxObjects, maxRows, maxBytes } = this.#policy;
    const { tables } = this.#scope;
    const runnersUp = this.#runnersUp.rows;
    return { rootHash, tables, changes: open.slice(0, maxObjects), runnersUp, restore, maxRows, maxBytes };
  }

  /**
   * Takes objects that were read meanwhile, where the next batch has room for them beside what is open. What was read before this lease began may
   * be older than what another worker applied: it is looked at again, as under a new lease. One that was here already is stale.
   */
  async #takeMore(open: readonly ObjectChange[]): Promise<void> {
    const room = this.#policy.maxRows - rowsOf(open);
    if (room <= 0 || this.#policy.isStrained || Date.now() >= this.#deadline) return;
    const more = this.#supply?.take(room) ?? [];
    if (more.length === 0) return;
    const old = more.filter(({ begun = 0 }) => begun <= this.#leasedAt);
    const all = new Set(old.map(({ key }) => key));
    const changed = await changedMeanwhile(this.#scope, old, this.#renew).catch(() => all);
    const isStale = ({ key }: ObjectChange) => changed.has(key) || this.#open.hasHeld(key);
    for (const { key } of more.filter(isStale)) this.#outcome.stale.add(key);
    this.#open.take(more.filter(change => !isStale(change)));
  }

  /** Adds what was taken to what is open. What was found out about others' files is of a time before it. */
  #join(done?: ReadonlySet<string>): void {
    if (!this.#open.join(done)) return;
    this.#runnersUp = new RunnersUp(this.#scope, this.#deadline);
    this.#reapplied.clear();
  }

  /** Prepares the batch after one that is under way, as if that were committed; then there is time for something else. */
  #prepareNext({ root, rootHash, nodes, edits }: Batch, stage: NodeStage): void {
    const done = new Set(edits.filter(({ complete }) => complete).map(({ key }) => key));
    this.#taking = this.#takeMore(this.#open.following(done));
    void this.#taking.then(async () => {
      const open = this.#open.following(done);
      if (open.length > 0 && this.#lost.length <= this.#policy.maxRows) {
        const basis = { ...this.#basis(rootHash, open, []), root };
        await this.#ahead.begin(basis, { stage, nodes, renew: this.#renew });
      }
      this.#supply?.onIdle();
    });
  }

  async #commit(ready: Ready, batch: Batch, stage: NodeStage): Promise<Map<Count, number>> {
    const tolerant = ready.tolerant || this.#policy.tolerant || this.#lost.length > 0;
    const counts = await commitMove(this.#scope, ready, {
      next: batch.rootHash,
      nodes: batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode],
      statements: await batchStatements(this.#scope, batch, { tolerant, clearsFirst: this.#policy.clearsFirst }),
      tolerant,
      size: moveSize(batch, this.#open.list),
      review: made => this.#review(batch, stage, made),
      onSent: () => this.#prepareNext(batch, stage),
    });
    // The slices of spooled rows follow each other in the order of keys: none touches the leaves of another again.
    const passes = this.#open.list[0]?.version?.spooled !== undefined;
    stage.remember(passes ? batch.nodes.filter(({ node }) => node?.level !== 0) : batch.nodes);
    return counts;
  }

  /** An endpoint that had to be made although a file declares it was deleted by hand: its values must come back with it. */
  async #review(batch: Batch, stage: NodeStage, made: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
    const { lost: all, stubs } = await madeEnds(stage, batch, made);
    this.#slices.stubs = stubs;
    const lost = all.filter(({ row }) => !this.#runnersUp.isLost(row));
    if (lost.length === 0) return;
    this.#lost = [...lost, ...this.#lost];
    this.#needing = this.#inFlight;
    throw new GraphDriftError(`${lost.length} nodes that files declare were deleted by hand; they are restored`);
  }

  /** Gets the values of rows whose winner is an object outside the batch. */
  async #readRunnersUp({ missing }: BlockedBatch): Promise<void> {
    const asked = [...missing.values()];
    const changes = await pMap(asked, ({ entry, rows }) => this.#runnersUp.read(entry, rows), { concurrency: 8 });
    for (const [index, { entry, rows }] of asked.entries()) {
      const change = changes[index];
      if (change == null) continue;
      // A new object is progress, and there are only so many. One that is asked for again gives something else at each read, or waits for
      // one that waits for it: after some tries it must not keep the others waiting.
      const isStuck = this.#reapplied.has(entry.key) && this.#policy.failed('again', 0) === 'give up';
      if (isStuck) this.#runnersUp.lose(entry, rows);
      else this.#open.putFirst(change);
      this.#reapplied.add(entry.key);
    }
  }

  #finish({ edits, outdated, tables }: Batch): void {
    this.#policy.succeeded();
    const done = new Map<string, Applied>();
    for (const edit of edits) {
      const { key, after } = edit;
      const slices = this.#slices.add(edit, tables);
      this.#runnersUp.forget(edit.rows.keys());
      if (!edit.complete) continue;
      const changed = this.#outcome.applied.get(key)?.changed === true || changesState(edit);
      done.set(key, { changed, entry: after, ...slices });
    }
    this.#slices.stubs = new Map();
    for (const [key, applied] of done) this.#outcome.applied.set(key, applied);
    this.#supply?.onApplied(done);
    for (const key of outdated) this.#outcome.stale.add(key);
    this.#join(new Set([...done.keys(), ...outdated]));
  }

  async #remedy(error: unknown): Promise<void> {
    await this.#taking;
    this.#ahead.forget(); // it may have begun to plan meanwhile
    this.#join();
    if (error instanceof ScopeBusyError) throw error;
    const [scope, failed] = [this.#scope, this.#inFlight];
    this.#inFlight = [];
    this.#hasProposed ||= failed.length > 0;
    const remedy = remedyFor(error, failed.length > 0);
    // Which of the objects needs what is refused is found as for other faults: by fewer of them.
    if (remedy === 'poison') this.#lost = [];
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    scope.log({ level: 'warn', event: 'batch-failed', scope: scope.name, remedy, error: text });
    const first = failed[0]?.key ?? '';
    if (remedy === 'isolate' && failed.length === 1 && this.#open.isSuspect(first, this.#outcome.transactions))
      return this.#leaveOut(first, error);
    const next = this.#policy.failed(remedy, failed.length);
    if (next === 'give up') throw error;
    if (next === 'reject') return this.#reject(first, error);
    if (next === 'set aside') return this.#leaveOut(first, error);
    if (remedy === 'recover') this.#ready = await this.#enter(recoverFromFiles);
    const wait = WAIT[remedy];
    if (wait !== null) await backOff(this.#policy.tries, wait);
  }

  /** Goes on without an object that the database fails at, unless it fails at the next ones, too: then it is the server. */
  #leaveOut(key: string, error: unknown): void {
    const { list } = this.#open;
    if (list.length > 1 && !this.#open.isSuspect(key, this.#outcome.transactions)) {
      if (this.#open.postponedSince(this.#outcome.transactions) >= FAULTS_OF_SERVER) throw error;
      if (this.#open.postpone(key, this.#outcome.transactions)) return;
      if (this.#outcome.transactions === 0) throw error;
    }
    this.#outcome.setAside.set(key, error);
    this.#open.remove(new Set([key]));
  }

  /** Rejects an object, once it was tried again after all others: they may take away what is in its way. */
  #reject(key: string, error: unknown): void {
    if (this.#open.postpone(key, this.#outcome.transactions)) return;
    const problem = `the database refuses it: ${error instanceof Error ? error.message : String(error)}`;
    const location = { bucket: this.#scope.objects.bucket, key };
    const version = this.#open.find(key)?.version ?? undefined;
    const options = { cause: error, by: 'database', version } as const;
    this.#outcome.rejected.set(key, new RejectedObjectError(location, [{ problem }], options));
    this.#open.remove(new Set([key]));
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

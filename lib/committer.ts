import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { type Batch, type BlockedBatch, declaredKeys, prepareBatch, type RestoredRow } from './batch.ts';
import { BatchPolicy } from './batch-policy.ts';
import { headObject, isSameHead } from './bucket.ts';
import { remedyFor } from './failure.ts';
import { keyedRow } from './graph/declaration.ts';
import { GraphdropError, RejectedObjectError } from './graph/errors.ts';
import type { KeyValue } from './graph/value.ts';
import { abandonState, type Lease, readRoot, ScopeBusyError, takeLease } from './lease.ts';
import { statementsOf } from './neo4j/batch-statements.ts';
import { GraphDriftError } from './neo4j/commit.ts';
import type { Count } from './neo4j/statement.ts';
import { changesState, type ObjectChange, type ObjectEdit } from './object-edit.ts';
import type { ObjectHead } from './object-version.ts';
import type { Scope } from './scope.ts';
import { NodeStage } from './state/node-stage.ts';
import type { ObjectEntry } from './state/object-entry.ts';
import { Survivors } from './survivors.ts';

/** Files that other files' rows depend on give something else each time they are read. */
export class SurvivorsError extends GraphdropError {
  readonly code = 'SURVIVORS';
  override readonly retryable = true;

  constructor(scope: string) {
    super(`${scope}: files that share rows kept saying something else; is a source's function not deterministic?`);
  }
}

/** What became of some changes. */
export interface CommitOutcome {
  /**
   * Objects that are as they shall be, with their entry (null: gone), and whether that took a change of tracked state.
   * Survivors that had to be applied are among them.
   */
  readonly applied: Map<string, { readonly changed: boolean; readonly entry: ObjectEntry | null }>;
  readonly rejected: Map<string, RejectedObjectError>;
  /** Objects that changed in the bucket after they were read, or for which time was up: to be read again. */
  readonly stale: Set<string>;
  readonly counts: Map<Count, number>;
  readonly transactions: number;
  /** The database was found to be replaced: a resync must bring it back to what the files say. */
  readonly replaced: boolean;
  /** What kept the other objects from being applied: ScopeBusyError, or the last error when retrying didn't help. */
  readonly failure: { readonly error: unknown } | null;
}

/**
 * Brings objects into the graph, in as many transactions as their rows need. Each transaction moves graph and tracked
 * state together or not at all, so whatever stops this leaves nothing to repair. Doesn't throw: what was applied before a
 * failure stays applied, and is told with it.
 *
 * @param lost rows that the graph lost, or has otherwise than files declare them: written again, as their winners say
 * @param deadline ms since 1970: no batch but the first begins later. Default: none
 */
export async function commitChanges(
  scope: Scope,
  changes: readonly ObjectChange[],
  lost: readonly RestoredRow[] = [],
  deadline = Number.POSITIVE_INFINITY,
): Promise<CommitOutcome> {
  return await new Committer(scope, changes, lost).run(deadline);
}

class Committer {
  readonly #scope: Scope;
  readonly #policy: BatchPolicy;
  readonly #survivors: Survivors;
  #open: ObjectChange[];
  #lost: readonly RestoredRow[];
  #lease: Lease | null = null;
  /** Of the last lease taken and not given back. */
  #epoch: number | null = null;
  /** Objects in the batch whose transaction is under way. */
  #inFlight: readonly ObjectEdit[] = [];
  #restore: RestoredRow[] = [];
  readonly #applied: CommitOutcome['applied'] = new Map();
  readonly #rejected: CommitOutcome['rejected'] = new Map();
  readonly #stale = new Set<string>();
  readonly #counts: CommitOutcome['counts'] = new Map();
  #transactions = 0;
  #replaced = false;

  constructor(scope: Scope, changes: readonly ObjectChange[], lost: readonly RestoredRow[]) {
    this.#scope = scope;
    this.#policy = new BatchPolicy(scope.limits);
    this.#survivors = new Survivors(scope);
    this.#open = [...changes];
    this.#lost = lost;
  }

  get #isDone(): boolean {
    return this.#open.length === 0 && this.#lost.length === 0;
  }

  async run(deadline: number): Promise<CommitOutcome> {
    let failure: CommitOutcome['failure'] = null;
    try {
      while (!this.#isDone && (this.#transactions === 0 || Date.now() < deadline)) {
        try {
          this.#lease ??= await this.#enter();
          if (!this.#isDone) await this.#nextBatch(this.#lease);
        } catch (error) {
          this.#lease = null; // a new attempt begins with a new epoch: nothing of the old one can commit any more
          await this.#remedy(error);
        }
      }
      for (const { key } of this.#open) this.#stale.add(key);
    } catch (error) {
      failure = { error };
    }
    // Not to give the lease back is no failure of what was done: it ends by itself.
    await this.#leave().catch(() => {});
    return {
      applied: this.#applied,
      rejected: this.#rejected,
      stale: this.#stale,
      counts: this.#counts,
      transactions: this.#transactions,
      replaced: this.#replaced,
      failure,
    };
  }

  /** Takes the lease and looks at each object again: what changed since it was read is not applied. */
  async #enter(): Promise<Lease> {
    const lease = await takeLease(this.#scope);
    this.#epoch = lease.epoch;
    this.#replaced ||= lease.replaced;
    const heads = await pMap(this.#open, ({ key }) => headObject(this.#scope, key), { concurrency: 32 });
    this.#open = this.#open.filter((change, index) => {
      const present = isPresent(heads[index] ?? null, change);
      if (!present) this.#stale.add(change.key);
      return present;
    });
    return lease;
  }

  async #nextBatch(lease: Lease): Promise<void> {
    const scope = this.#scope;
    const { tables, limits } = scope;
    const stage = new NodeStage(scope.cache, scope.nodes);
    const lost = this.#lost.slice(0, this.#policy.maxRows);
    const restore = [...this.#restore, ...lost];
    const prepared = await prepareBatch(stage, {
      root: await readRoot(scope, lease.root),
      tables,
      changes: this.#open.slice(0, this.#policy.maxObjects),
      survivors: this.#survivors.rows,
      restore,
      maxRows: this.#policy.maxRows,
    });
    await scope.observe('planned');
    if (prepared.kind === 'blocked') {
      await this.#leave(); // reading files takes its time: others may commit meanwhile
      await this.#readSurvivors(prepared);
      return;
    }
    if (prepared.rootHash !== lease.root || restore.length > 0) {
      await scope.head.renew(lease.epoch, limits.leaseMs);
      this.#inFlight = prepared.edits;
      const counts = await this.#commit(lease, prepared, stage);
      this.#inFlight = [];
      this.#lease = { ...lease, root: prepared.rootHash };
      this.#transactions += 1;
      for (const [kind, count] of counts) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
      await scope.head.accept(lease.epoch, prepared.rootHash);
      await scope.observe('accepted');
    }
    this.#lost = this.#lost.slice(lost.length);
    this.#finish(prepared);
  }

  async #commit(lease: Lease, batch: Batch, stage: NodeStage): Promise<Map<Count, number>> {
    const scope = this.#scope;
    const heal = lease.heal || this.#policy.heal || this.#lost.length > 0;
    const { graph } = scope.connection;
    const counts = await graph.commit({
      fence: {
        scope: scope.name,
        epoch: lease.epoch,
        root: lease.root,
        definition: scope.definitionHash,
        next: batch.rootHash,
      },
      statements: statementsOf(batch.plan, batch.tables, heal, await graph.valueForm()),
      tolerant: heal,
      timeoutMs: scope.limits.transactionMs,
      stored: this.#store(lease, batch),
      review: made => this.#review(batch, stage, made),
      beforeCommit: async () => await scope.observe('committing'),
    });
    await scope.observe('committed');
    stage.remember(batch.nodes);
    return counts;
  }

  /** The next tree, then the proposal: a root in head or fence always has all its nodes. */
  async #store(lease: Lease, batch: Batch): Promise<void> {
    const scope = this.#scope;
    await scope.nodes.put(batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode]);
    await scope.observe('stored');
    const retentionMs = scope.limits.stateRetentionDays * 86_400_000;
    await scope.head.propose(lease.epoch, lease.root, batch.rootHash, retentionMs);
    await scope.observe('proposed');
  }

  /** An endpoint that had to be made although a file declares it was deleted by hand: its values must come back with it. */
  async #review(batch: Batch, stage: NodeStage, made: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
    const lost: RestoredRow[] = [];
    for (const [table, keys] of made) {
      const declared = await declaredKeys(stage, table, batch.root.tables.get(table), keys as KeyValue[]);
      for (const key of declared) {
        const row = keyedRow(table, key);
        if (!this.#survivors.isLost(row)) lost.push({ table, row });
      }
    }
    if (lost.length === 0) return;
    this.#restore = [...this.#restore, ...lost];
    throw new GraphDriftError(`${lost.length} nodes that files declare were deleted by hand; they are restored`);
  }

  /** Gets the values of rows whose winner is an object outside the batch. */
  async #readSurvivors({ missing }: BlockedBatch): Promise<void> {
    // Counted, so that objects which never give the same twice don't keep the others waiting for ever.
    if (this.#policy.failed('again', 0) === 'give up') throw new SurvivorsError(this.#scope.name);
    const changes = await pMap(missing.values(), ({ entry, rows }) => this.#survivors.read(entry, rows), {
      concurrency: 8,
    });
    for (const change of changes) {
      if (change !== null) this.#open = [change, ...this.#open.filter(({ key }) => key !== change.key)];
    }
  }

  #finish({ edits }: Batch): void {
    this.#restore = [];
    this.#policy.succeeded();
    const done = new Set<string>();
    for (const edit of edits) {
      if (!edit.complete) continue;
      const { key, after } = edit;
      done.add(key);
      this.#applied.set(key, { changed: this.#applied.get(key)?.changed === true || changesState(edit), entry: after });
    }
    this.#open = this.#open.filter(({ key }) => !done.has(key));
  }

  async #remedy(error: unknown): Promise<void> {
    if (error instanceof ScopeBusyError) throw error;
    const scope = this.#scope;
    const failed = this.#inFlight;
    this.#inFlight = [];
    const remedy = remedyFor(error, failed.length > 0);
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    scope.log({ level: 'warn', event: 'batch-failed', scope: scope.name, remedy, error: text });
    const next = this.#policy.failed(remedy, failed.length);
    if (next === 'give up') throw error;
    if (next === 'reject') return this.#reject(failed[0]?.key ?? '', error);
    if (remedy === 'rebuild') this.#epoch = (await abandonState(scope)).epoch;
    if (remedy === 'again') await sleep(Math.random() * Math.min(10_000, 100 * 2 ** this.#policy.tries));
  }

  #reject(key: string, error: unknown): void {
    const problem = `the database refuses it: ${error instanceof Error ? error.message : String(error)}`;
    const location = { bucket: this.#scope.bucket, key };
    this.#rejected.set(key, new RejectedObjectError(location, [{ problem }], { cause: error, by: 'database' }));
    this.#open = this.#open.filter(change => change.key !== key);
  }

  async #leave(): Promise<void> {
    const epoch = this.#epoch;
    this.#lease = null;
    this.#epoch = null;
    if (epoch === null) return;
    await this.#scope.head.release(epoch);
    await this.#scope.observe('released');
  }
}

/** The same content will do, but what is in force under a rejected version may be another each time that one is put. */
function isPresent(head: ObjectHead | null, { version, rejection }: ObjectChange): boolean {
  if (rejection?.version !== undefined) {
    return head?.etag === rejection.version.etag && head.versionId === rejection.version.versionId;
  }
  return isSameHead(head, version);
}

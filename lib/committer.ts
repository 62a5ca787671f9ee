import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { type Batch, declaredKeys, prepareBatch, type RestoredRow } from './batch.ts';
import { headObject, readAccepted, readObject } from './bucket.ts';
import { remedyFor } from './failure.ts';
import { type Declaration, keyedRow } from './graph/declaration.ts';
import { RejectedObjectError } from './graph/errors.ts';
import type { KeyValue } from './graph/value.ts';
import { type Lease, readRoot, takeLease } from './lease.ts';
import { statementsOf } from './neo4j/batch-statements.ts';
import { commitBatch, GraphDriftError } from './neo4j/commit.ts';
import type { Count } from './neo4j/statement.ts';
import { changesState, type ObjectChange } from './object-edit.ts';
import type { Scope } from './scope.ts';
import { NodeStage } from './state/node-stage.ts';
import { type ObjectEntry, objectId } from './state/object-entry.ts';

/** What became of some changes. */
export interface CommitOutcome {
  /**
   * Objects that are as they shall be, with their entry (null: gone), and whether that took a change of tracked state.
   * Survivors that had to be applied are among them.
   */
  readonly applied: Map<string, { readonly changed: boolean; readonly entry: ObjectEntry | null }>;
  readonly rejected: Map<string, RejectedObjectError>;
  /** Objects that changed in the bucket after they were read: to be read again. */
  readonly stale: Set<string>;
  readonly counts: Map<Count, number>;
  readonly transactions: number;
  /** The database was found to be replaced: a resync must bring it back to what the files say. */
  readonly replaced: boolean;
}

/**
 * Brings objects into the graph, in as many transactions as their rows need. Each transaction moves graph and tracked
 * state together or not at all, so whatever stops this leaves nothing to repair.
 *
 * @throws ScopeBusyError, or the last error when retrying doesn't help; what was applied until then stays applied
 */
export async function commitChanges(scope: Scope, changes: readonly ObjectChange[]): Promise<CommitOutcome> {
  return await new Committer(scope, changes).run();
}

class Committer {
  readonly #scope: Scope;
  #open: ObjectChange[];
  #lease: Lease | null = null;
  /** Of the last lease taken and not given back. */
  #epoch: number | null = null;
  #tries = 0;
  #heal = false;
  #maxRows: number;
  /** How many objects a batch may take: halved to find the one the database refuses. */
  #maxObjects = Number.POSITIVE_INFINITY;
  readonly #survivors = new Map<string, ReadonlyMap<string, Declaration | null>>();
  #restore: RestoredRow[] = [];
  readonly #applied: CommitOutcome['applied'] = new Map();
  readonly #rejected: CommitOutcome['rejected'] = new Map();
  readonly #stale = new Set<string>();
  readonly #counts: CommitOutcome['counts'] = new Map();
  #transactions = 0;
  #replaced = false;

  constructor(scope: Scope, changes: readonly ObjectChange[]) {
    this.#scope = scope;
    this.#open = [...changes];
    this.#maxRows = scope.limits.maxRowsPerTransaction;
  }

  async run(): Promise<CommitOutcome> {
    try {
      while (this.#open.length > 0) {
        try {
          this.#lease ??= await this.#enter();
          if (this.#open.length > 0) await this.#nextBatch(this.#lease);
        } catch (error) {
          this.#lease = null; // a new attempt begins with a new epoch: nothing of the old one can commit any more
          await this.#remedy(error);
        }
      }
    } finally {
      await this.#leave();
    }
    return {
      applied: this.#applied,
      rejected: this.#rejected,
      stale: this.#stale,
      counts: this.#counts,
      transactions: this.#transactions,
      replaced: this.#replaced,
    };
  }

  /** Takes the lease and looks at each object again: what changed since it was read is not applied. */
  async #enter(): Promise<Lease> {
    const lease = await takeLease(this.#scope);
    this.#epoch = lease.epoch;
    this.#replaced ||= lease.replaced;
    const heads = await pMap(this.#open, ({ key }) => headObject(this.#scope, key), { concurrency: 32 });
    this.#open = this.#open.filter(({ key, version }, index) => {
      const head = heads[index] ?? null;
      const same =
        head === null || version === null
          ? head === version
          : head.etag === version.etag &&
            head.contentType === version.contentType &&
            head.contentEncoding === version.contentEncoding;
      if (!same) this.#stale.add(key);
      return same;
    });
    return lease;
  }

  async #nextBatch(lease: Lease): Promise<void> {
    const scope = this.#scope;
    const { tables, limits } = scope;
    const stage = new NodeStage(scope.cache, scope.nodes);
    const prepared = await prepareBatch(stage, {
      root: await readRoot(scope, lease.root),
      tables,
      changes: this.#open.slice(0, this.#maxObjects),
      survivors: this.#survivors,
      restore: this.#restore,
      maxRows: this.#maxRows,
    });
    await scope.observe('planned');
    if (prepared.kind === 'blocked') {
      await this.#leave(); // reading files takes its time: others may commit meanwhile
      await Promise.all([...prepared.missing.values()].map(({ entry, rows }) => this.#readSurvivor(entry, rows)));
      return;
    }
    if (prepared.rootHash !== lease.root || this.#restore.length > 0) {
      await scope.head.renew(lease.epoch, limits.leaseMs);
      const counts = await this.#commit(lease, prepared, stage);
      this.#lease = { ...lease, root: prepared.rootHash };
      this.#transactions += 1;
      for (const [kind, count] of counts) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count);
      await scope.head.accept(lease.epoch, prepared.rootHash);
      await scope.observe('accepted');
    }
    this.#finish(prepared);
  }

  async #commit(lease: Lease, batch: Batch, stage: NodeStage): Promise<Map<Count, number>> {
    const scope = this.#scope;
    const heal = lease.heal || this.#heal;
    const { driver, database } = scope.connection;
    const counts = await commitBatch(driver, database, {
      fence: {
        scope: scope.name,
        epoch: lease.epoch,
        root: lease.root,
        definition: scope.definitionHash,
        next: batch.rootHash,
      },
      statements: statementsOf(batch.plan, batch.tables, heal),
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
    await scope.head.propose(lease.epoch, batch.rootHash, scope.limits.stateRetentionDays * 86_400_000);
    await scope.observe('proposed');
  }

  /** An endpoint that had to be made although a file declares it was deleted by hand: its values must come back with it. */
  async #review(batch: Batch, stage: NodeStage, made: ReadonlyMap<string, readonly unknown[]>): Promise<void> {
    const lost: RestoredRow[] = [];
    for (const [table, keys] of made) {
      const declared = await declaredKeys(stage, table, batch.root.tables.get(table), keys as KeyValue[]);
      for (const key of declared) lost.push({ table, row: keyedRow(table, key) });
    }
    if (lost.length === 0) return;
    this.#restore = [...this.#restore, ...lost];
    throw new GraphDriftError(`${lost.length} nodes that files declare were deleted by hand; they are restored`);
  }

  /** Gets the values of rows whose winner is an object outside the batch. */
  async #readSurvivor(entry: ObjectEntry, rows: ReadonlySet<string>): Promise<void> {
    const scope = this.#scope;
    const id = objectId(entry.key);
    const before = this.#survivors.get(id);
    const keep = (found: ReadonlyMap<string, Declaration | null>) =>
      this.#survivors.set(id, new Map([...(before ?? []), ...found]));
    // Asked for again although it was read: then it says something else than its manifest.
    const asked = [...rows].some(row => before?.has(row));
    const found = asked ? null : await readAccepted(scope, entry, rows).catch(unlessRejected);
    if (found !== null && [...rows].every(row => found.has(row))) {
      keep(found);
      return;
    }
    // The accepted version is gone, or its source no longer gives what it gave: the object is applied as it is now.
    const version = await readObject(scope, entry.key).catch(unlessRejected);
    const lost = version === null;
    const event = lost ? 'survivor-lost' : 'survivor-reapplied';
    scope.log({ level: 'warn', event, scope: scope.name, key: entry.key, rows: rows.size });
    if (lost) keep(new Map([...rows].map(row => [row, null])));
    else this.#open = [{ key: entry.key, version }, ...this.#open.filter(({ key }) => key !== entry.key)];
  }

  #finish({ edits }: Batch): void {
    this.#restore = [];
    this.#heal = false;
    this.#tries = 0;
    this.#maxObjects *= 2;
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
    const { limits, log, name } = this.#scope;
    const remedy = remedyFor(error);
    if (error instanceof Error && error.name !== 'ScopeBusyError') {
      log({ level: 'warn', event: 'batch-failed', scope: name, remedy, error: `${error.name}: ${error.message}` });
    }
    const batchSize = Math.min(this.#open.length, this.#maxObjects);
    if (remedy === 'stop' || (error as { code?: string }).code === 'SCOPE_BUSY') throw error;
    if (remedy === 'guilty' && batchSize === 1) return this.#reject(error);
    if (remedy === 'guilty') {
      this.#maxObjects = Math.ceil(batchSize / 2);
      return;
    }
    this.#tries += 1;
    if (this.#tries > limits.maxTries) throw error;
    if (remedy === 'smaller') this.#maxRows = Math.max(1, Math.floor(this.#maxRows / 4));
    else if (remedy === 'heal') this.#heal = true;
    else await sleep(Math.random() * Math.min(10_000, 100 * 2 ** this.#tries));
  }

  #reject(error: unknown): void {
    const [change] = this.#open;
    if (change === undefined) return;
    const problem = `the database refuses it: ${error instanceof Error ? error.message : String(error)}`;
    const location = { bucket: this.#scope.bucket, key: change.key };
    this.#rejected.set(change.key, new RejectedObjectError(location, [{ problem }], { cause: error }));
    this.#open = this.#open.slice(1);
    this.#maxObjects = Number.POSITIVE_INFINITY;
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

function unlessRejected(error: unknown): null {
  if (error instanceof RejectedObjectError) return null;
  throw error;
}

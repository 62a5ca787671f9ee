import { readObject } from '../../lib/bucket/objects.ts';
import { RunnersUp } from '../../lib/commit/runners-up.ts';
import type { Flow } from '../../lib/definition/flow.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { ConnectionFactory } from '../../lib/index.ts';
import { type Batch, prepareBatch } from '../../lib/reconcile/batch.ts';
import type { ObjectChange } from '../../lib/reconcile/object-diff.ts';
import { Scope } from '../../lib/scope.ts';
import type { Head } from '../../lib/state/head.ts';
import { readRoot } from '../../lib/state/read-root.ts';
import { noteApplied, noteRejected } from '../../lib/sync/note-status.ts';
import { MemoryObjects } from '../bucket/memory-objects.ts';
import { NaiveGraph } from '../reconcile/naive-graph.ts';
import { MemoryState } from '../state/memory-state.ts';
import { peopleFlow } from '../sync/people-flow.ts';

/** How new versions are compared with those before them, however small. */
export type Comparing = 'nothing' | 'blocks' | 'lines of blocks' | 'lines';

/** Bytes from which on there are blocks. */
const FROM = { nothing: 0, blocks: 0, 'lines of blocks': 1_000, lines: Number.POSITIVE_INFINITY };

/** Bucket, tracked state and graph in memory: what sync would leave, without a database. */
export class TrackedWorld {
  readonly objects = new MemoryObjects();
  readonly state = new MemoryState();
  readonly flow: Flow;
  readonly scope: Scope;
  readonly graph: NaiveGraph;
  readonly comparing: Comparing;
  /** Versions of which only what differed was read. */
  parts = 0;

  constructor(flow: Flow = peopleFlow('w'), comparing: Comparing = 'nothing') {
    this.flow = flow;
    this.comparing = comparing;
    this.scope = this.worker();
    this.graph = new NaiveGraph(this.scope.tables);
  }

  /** A worker: two of them are two processes to each other. */
  worker(flow: Flow = this.flow, code = ''): Scope {
    const { objects, state } = this;
    // No test of this world connects: reading bucket and state is all that is asked of it.
    const connection = new ConnectionFactory({ uri: 'bolt://127.0.0.1:1' });
    return new Scope({
      flow,
      code,
      objects,
      state,
      connection,
      limits: { bytesReadByLines: 0, bytesReadByBlocks: FROM[this.comparing] },
    });
  }

  /** Puts an object: records, one a line, or text. */
  put(key: string, content: readonly object[] | string): void {
    const text = typeof content === 'string' ? content : content.map(record => `${JSON.stringify(record)}\n`).join('');
    this.objects.put(key, Buffer.from(text));
  }

  /** Puts an object and has the graph follow. */
  async drop(key: string, content: readonly object[] | string): Promise<void> {
    this.put(key, content);
    await this.apply([key]);
  }

  async remove(key: string): Promise<void> {
    this.objects.remove(key);
    await this.apply([key]);
  }

  /** Takes the lease. @returns the head */
  async lease(worker = this.scope): Promise<Head> {
    const head = await worker.head.acquire(worker.workerId, worker.definitionHash, 60_000);
    if (typeof head === 'string') throw new Error(`no lease: ${head}`);
    return head;
  }

  /** Does what a sync of some keys does, in batches of at most so many rows. @param batches stop after so many */
  async apply(keys: readonly string[], { maxRows = 20_000, batches = Number.POSITIVE_INFINITY } = {}): Promise<void> {
    const { scope } = this;
    let open: ObjectChange[] = [];
    for (const key of keys) {
      try {
        const version = await readObject(scope, key, this.comparing === 'nothing' ? {} : { compareWith: 'tracked' });
        if (version?.since !== undefined) this.parts += 1;
        open.push({ key, version });
      } catch (error) {
        if (!(error instanceof RejectedObjectError)) throw error;
        await noteRejected(scope, key, error, null);
      }
    }
    let { root, epoch } = await this.lease();
    for (let n = 0; open.length > 0 && n < batches; n += 1) {
      const batch = await this.#prepared(root, open, maxRows);
      await this.#commit(epoch, root, batch);
      root = batch.rootHash;
      if (batch.outdated.length > 0) throw new Error(`not read from what is tracked: ${batch.outdated}`);
      for (const { key, complete, after } of batch.edits) {
        if (!complete) continue;
        await noteApplied(scope, key, after, open.find(change => change.key === key)?.version);
        open = open.filter(change => change.key !== key);
      }
    }
    await scope.head.release(epoch);
  }

  /** Plans a batch of some changes on what is tracked. */
  async planned(changes: readonly ObjectChange[]): Promise<Batch> {
    return await this.#prepared((await this.scope.head.read())?.root ?? '', changes, 20_000);
  }

  async #prepared(rootHash: string, changes: readonly ObjectChange[], maxRows: number): Promise<Batch> {
    const { scope } = this;
    const runnersUp = new RunnersUp(scope);
    const root = await readRoot(scope, rootHash);
    for (;;) {
      const input = { root, tables: scope.tables, changes, runnersUp: runnersUp.rows, restore: [], maxRows };
      const batch = await prepareBatch(scope.nodes.stage(), input);
      if (batch.kind === 'ready') return batch;
      for (const { entry, rows } of batch.missing.values())
        if ((await runnersUp.read(entry, rows)) !== null)
          throw new Error(`the accepted version of ${entry.key} is gone`);
    }
  }

  async #commit(epoch: number, root: string, { nodes, rootNode, rootHash, plan, edits }: Batch): Promise<void> {
    const { head, nodes: store } = this.scope;
    await store.put(rootNode === null ? nodes : [...nodes, rootNode]);
    const rows = edits.reduce((sum, edit) => sum + edit.rows.size, 0);
    await head.propose(epoch, root, rootHash, 60_000, { objects: edits.length, rows, dropped: Date.now() });
    this.graph.apply(plan, () => false);
    await head.accept(epoch, rootHash);
  }
}

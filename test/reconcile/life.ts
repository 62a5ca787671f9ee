import { expect } from 'vitest';
import { RowSpool } from '../../lib/bucket/row-spool.ts';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { tableId } from '../../lib/definition/definition.ts';
import { sizeOf } from '../../lib/definition/row-memory.ts';
import { ContextKey, flow, type NodeTable, type RelationTable } from '../../lib/index.ts';
import { type Batch, prepareBatch, type RestoredRow } from '../../lib/reconcile/batch.ts';
import type { ObjectChange } from '../../lib/reconcile/object-diff.ts';
import { NodeStage } from '../../lib/state/node-stage.ts';
import { EMPTY_ROOT, type Root } from '../../lib/state/root.ts';
import { decodeNode } from '../../lib/state/tree-node.ts';
import { contentHash } from '../../lib/values/hash.ts';
import { compareVersions, isAbsent } from '../../lib/values/version.ts';
import { MemoryNodes } from '../state/memory-nodes.ts';
import { NaiveGraph } from './naive-graph.ts';

export interface Row extends Record<string, unknown> {
  id: string;
  v: number;
}
export let person!: NodeTable<Row>;
export let knows!: RelationTable<Row>;
const { definition } = flow(new ContextKey('batch'), graph => {
  person = graph.nodeTable<Row>('Person', { versionBy: 'v' });
  knows = graph.relationTable('KNOWS', person, person, { versionBy: 'v' } as never) as unknown as RelationTable<Row>;
});
export const tables = new Map(definition.tables.map(table => [tableId(table), table]));

export type Rows = ReadonlyMap<string, Declaration>;
export const rowsOf = (list: readonly Declaration[]): Rows => new Map(list.map(row => [row.row, row]));
export type Files = ReadonlyMap<string, Rows | null>;

/** Tracked state and graph, each changed by nothing but batches. */
export class Life {
  readonly nodes = new MemoryNodes();
  readonly graph = new NaiveGraph(tables);
  readonly files = new Map<string, Rows>();
  root: Root = EMPTY_ROOT;
  rootHash = '';
  batches = 0;
  /** Bytes of values that a batch may write. */
  maxBytes = Number.POSITIVE_INFINITY;
  /** What each batch writes, its plan's values. */
  readonly written: number[] = [];
  /** Whether files are too large for memory. */
  readonly spools: boolean;

  constructor(spools = false) {
    this.spools = spools;
  }

  /** Applies files in batches of at most so many rows. */
  async apply(files: Files, maxRows = Number.POSITIVE_INFINITY, restore: readonly RestoredRow[] = []): Promise<void> {
    const changes = [...files].map(([key, rows]) => ({ key, version: rows && versionOf(rows, this.spools) }));
    await this.applyChanges(changes, maxRows, restore);
  }

  async applyChanges(
    changes: readonly ObjectChange[],
    maxRows: number,
    restore: readonly RestoredRow[] = [],
    batches = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    let open = [...changes];
    let lost = restore;
    for (let done = 0; done < batches && (open.length > 0 || lost.length > 0); done += 1) {
      const batch = await this.#prepared(open, maxRows, lost);
      await this.#commit(batch);
      const complete = new Set(batch.edits.filter(edit => edit.complete).map(({ key }) => key));
      for (const { key, version } of open) {
        if (!complete.has(key)) continue;
        if (version === null) this.files.delete(key);
        else this.files.set(key, (version as TestVersion).all);
      }
      open = open.filter(({ key }) => !complete.has(key));
      lost = [];
    }
  }

  /** Prepares a batch, with the values of files outside it that it asks for. */
  async #prepared(changes: readonly ObjectChange[], maxRows: number, restore: readonly RestoredRow[]): Promise<Batch> {
    const runnersUp = new Map<string, Map<string, Declaration | null>>();
    for (;;) {
      const input = { root: this.root, tables, changes, runnersUp, restore, maxRows, maxBytes: this.maxBytes };
      const batch = await prepareBatch(new NodeStage(this.#stored()), input);
      if (batch.kind === 'ready') return batch;
      expect(batch.missing.size).toBeGreaterThan(0);
      for (const [object, { entry, rows }] of batch.missing) {
        expect(runnersUp.has(object)).toBe(false);
        const file = this.files.get(entry.key) as Rows;
        runnersUp.set(object, new Map([...rows].map(row => [row, file.get(row) as Declaration])));
      }
    }
  }

  async #commit(batch: Batch): Promise<void> {
    const { plan, nodes, rootNode, rootHash, root } = batch;
    // No node is declared, so far as the graph knows: the plan itself must leave out those that are.
    this.graph.apply(plan, () => false);
    for (const node of rootNode === null ? nodes : [...nodes, rootNode]) {
      expect(node.hash).toBe(contentHash(node.text));
      this.nodes.put(node);
    }
    const needed = [root.objects, ...[...root.tables.values()].map(({ rows }) => rows)];
    for (const hash of needed.flatMap(tree => [...this.nodes.reachable(tree)])) {
      expect(this.nodes.stored.has(hash)).toBe(true);
    }
    this.root = root;
    this.rootHash = rootHash;
    this.batches += 1;
    const upserts = [...plan.nodes.values()].flatMap(writes => writes.upserts);
    this.written.push(upserts.reduce((sum, row) => sum + sizeOf(row), 0));
  }

  #stored() {
    return {
      load: async (hashes: readonly string[]) =>
        new Map(hashes.map(hash => [hash, decodeNode(this.nodes.stored.get(hash) as string)])),
      remember: () => {},
    };
  }

  /** The row that each winner gives. */
  winners(): Declaration[] {
    const winners = new Map<string, { key: string; row: Declaration }>();
    for (const [key, rows] of this.files) {
      for (const [name, row] of rows) {
        const present = winners.get(name);
        const order = present && (compareVersions(row.version, present.row.version) || (key > present.key ? 1 : -1));
        if (order === undefined || order > 0) winners.set(name, { key, row });
      }
    }
    return [...winners.values()].map(({ row }) => row).filter(({ version }) => !isAbsent(version));
  }
}

/** A version with the rows that it declares, wherever they are. */
type TestVersion = NonNullable<ObjectChange['version']> & { readonly all: Rows };

export function versionOf(rows: Rows, spools: boolean): TestVersion {
  const etag = contentHash(JSON.stringify([...rows.values()].map(({ row, fingerprint }) => [row, fingerprint]).sort()));
  const head = { etag, versionId: etag, contentType: 'text/csv', contentEncoding: '', size: rows.size };
  const version = { ...head, source: 's', rows, all: rows, replacedRows: 0, skipped: [], notes: [] };
  if (!spools) return version;
  const spool = new RowSpool({ rowsPerPart: 20 });
  for (const row of rows.values()) spool.add(row, 1);
  return { ...version, rows: new Map(), spooled: spool.finish() };
}

export async function expectAsFresh(life: Life): Promise<void> {
  const fresh = NaiveGraph.of(tables, life.winners());
  expect(life.graph.nodes).toEqual(fresh.nodes);
  expect(life.graph.edges).toEqual(fresh.edges);
  const anew = new Life();
  for (const [key, rows] of [...life.files].sort(([a], [b]) => (a < b ? 1 : -1)))
    await anew.apply(new Map([[key, rows]]));
  expect(life.rootHash).toBe(anew.rootHash);
}

import type { Declaration, Ends } from '../../lib/definition/declaration.ts';
import { endpointTableId, type TableDefinition } from '../../lib/definition/definition.ts';
import type { Plan } from '../../lib/reconcile/plan.ts';
import { type KeyValue, keyText } from '../../lib/values/value.ts';

export type Tables = ReadonlyMap<string, TableDefinition>;

/** What `count(*)` of a statement would have told: a write that didn't find or did find what it should. */
export class PlanFault extends Error {}

/** A graph in two maps, with the meaning that the statements of a batch have in Neo4j. */
export class NaiveGraph {
  /** `table key` -> fingerprint; empty: a stub. */
  readonly nodes = new Map<string, string>();
  /** `table key from to` -> fingerprint and ends. */
  readonly edges = new Map<string, { readonly fingerprint: string; readonly touches: readonly string[] }>();
  /** Nodes that foreign edges touch. */
  readonly foreign = new Set<string>();
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Makes rows as if they were the only ones ever. */
  static of(tables: Tables, rows: Iterable<Declaration>): NaiveGraph {
    const graph = new NaiveGraph(tables);
    for (const row of rows) {
      if (row.ends === undefined) graph.nodes.set(nodeName(row.table, row.key), row.fingerprint);
      else graph.#mergeEdge(row.table, row.key, row.ends, row.fingerprint);
    }
    for (const { touches } of graph.edges.values()) for (const node of touches) graph.#mergeStub(node);
    return graph;
  }

  /** Does what `statementsOf` does, in its order. @param declared whether a node is declared after the batch */
  apply({ nodes, relations }: Plan, declared: (node: string) => boolean): void {
    for (const [table, { upserts }] of nodes)
      for (const row of upserts) this.nodes.set(nodeName(table, row.key), row.fingerprint);
    for (const [table, { endpoints }] of nodes) for (const key of endpoints) this.#mergeStub(nodeName(table, key));
    for (const [table, { deletes }] of relations) {
      for (const { key, ends } of deletes) {
        if (!this.edges.delete(this.#edgeName(table, key, ends)))
          throw new PlanFault('deletes an edge that is not there');
      }
    }
    for (const [table, { creates, updates }] of relations) {
      for (const row of creates) this.#write(table, row, false);
      for (const row of updates) this.#write(table, row, true);
    }
    for (const [table, { deletes }] of nodes) {
      for (const key of deletes) {
        const node = nodeName(table, key);
        if (!this.nodes.has(node)) throw new PlanFault('deletes a node that is not there');
        if (this.#isTouched(node)) this.nodes.set(node, '');
        else this.nodes.delete(node);
      }
    }
    for (const [table, { abandoned }] of nodes) {
      for (const node of abandoned.map(key => nodeName(table, key)))
        if (!declared(node) && !this.#isTouched(node)) this.nodes.delete(node);
    }
  }

  #write(table: string, { key, ends, fingerprint }: Declaration, there: boolean): void {
    if (ends === undefined) throw new PlanFault('an edge has no ends');
    const name = this.#edgeName(table, key, ends);
    if (this.edges.has(name) !== there) throw new PlanFault(`${there ? 'updates' : 'creates'} an edge wrongly`);
    this.#mergeEdge(table, key, ends, fingerprint);
    for (const node of this.#touches(table, ends)) {
      if (!this.nodes.has(node)) throw new PlanFault('an edge has no node at its end');
    }
  }

  #mergeEdge(table: string, key: KeyValue, ends: Ends, fingerprint: string): void {
    this.edges.set(this.#edgeName(table, key, ends), { fingerprint, touches: this.#touches(table, ends) });
  }

  #mergeStub(node: string): void {
    if (!this.nodes.has(node)) this.nodes.set(node, '');
  }

  #isTouched(node: string): boolean {
    return this.foreign.has(node) || [...this.edges.values()].some(({ touches }) => touches.includes(node));
  }

  #edgeName(table: string, key: KeyValue, ends: Ends): string {
    return JSON.stringify([table, keyText(key), ...this.#touches(table, ends)]);
  }

  #touches(table: string, ends: Ends): [string, string] {
    const relation = this.#tables.get(table);
    if (relation?.kind !== 'relation') throw new PlanFault(`${table} is no relation table`);
    return [nodeName(endpointTableId(relation.from), ends.from), nodeName(endpointTableId(relation.to), ends.to)];
  }
}

export function nodeName(table: string, key: KeyValue): string {
  return `${table} ${keyText(key)}`;
}

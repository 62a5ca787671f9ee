/** Promise: the planned writes turn the graph of any files into the graph of any others. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { tableId } from '../../lib/definition/definition.ts';
import { ContextKey, flow, type NodeTable, type RelationTable } from '../../lib/index.ts';
import { planWrites, type Transition } from '../../lib/reconcile/plan.ts';
import { NaiveGraph, nodeName } from './naive-graph.ts';

interface Row extends Record<string, unknown> {
  id: string | number;
}
let ours!: NodeTable<Row>;
let theirs!: NodeTable<Row>;
let near!: RelationTable<Row>;
let far!: RelationTable<Row>;
const { definition } = flow(new ContextKey('plan'), graph => {
  ours = graph.nodeTable<Row>('Ours');
  theirs = graph.nodeTable<Row>('Theirs', { managedBy: 'user' });
  near = graph.relationTable('JOINS', ours, ours) as unknown as RelationTable<Row>;
  far = graph.relationTable('JOINS', ours, theirs) as unknown as RelationTable<Row>;
});
const tables = new Map(definition.tables.map(table => [tableId(table), table]));

// The last makes one text of two pairs of endpoints when they are joined by line feeds.
const id = fc.constantFrom<string | number>('a', 'b', 1, '1', 'a\nsa');
const v = fc.constantFrom(1, 2);
const node = (table: () => NodeTable<Row>) => fc.record({ id, v }).map(row => table().declareRecord(row));
const edge = (table: () => RelationTable<Row>) =>
  fc
    .tuple(id, id, fc.option(fc.constantFrom('k', 'l')), v)
    .map(([fromId, toId, key, value]) =>
      table().declareRelation({ fromId, toId, record: { v: value, ...(key !== null && { id: key }) } }),
    );
/** What files declare at one time: one declaration a row. */
const content = fc
  .array(
    fc.oneof(
      node(() => ours),
      node(() => theirs),
      edge(() => near),
      edge(() => far),
    ),
    { maxLength: 14 },
  )
  .map(rows => new Map(rows.map(row => [row.row, row])));

type Content = ReadonlyMap<string, Declaration>;

function transitions(before: Content, after: Content): Transition[] {
  return [...new Set([...before.keys(), ...after.keys()])].map(row => {
    const [old, next] = [before.get(row) ?? null, after.get(row) ?? null];
    return { table: ((next ?? old) as Declaration).table, row, before: old, after: next };
  });
}

/** The graph that `after` alone would make, and what may be left of `before`: nodes that others need. */
function expected(before: NaiveGraph, after: NaiveGraph): Map<string, string> {
  const nodes = new Map(after.nodes);
  for (const [name, fingerprint] of before.nodes) {
    if (nodes.has(name)) continue;
    const isStub = fingerprint === '';
    if (before.foreign.has(name) || (isStub && name.startsWith('n:Theirs'))) nodes.set(name, '');
  }
  return nodes;
}

const declared = (rows: Content) => {
  const names = new Set([...rows.values()].filter(({ ends }) => !ends).map(({ table, key }) => nodeName(table, key)));
  return (name: string) => names.has(name);
};

describe('a plan', () => {
  it('leads from the graph of any content to the graph of any other', () => {
    fc.assert(
      fc.property(content, content, fc.infiniteStream(fc.boolean()), (before, after, coin) => {
        const graph = NaiveGraph.of(tables, before.values());
        for (const name of graph.nodes.keys()) if (coin.next().value) graph.foreign.add(name);
        const fresh = NaiveGraph.of(tables, after.values());
        const nodes = expected(graph, fresh);
        graph.apply(planWrites(transitions(before, after), tables), declared(after));
        expect(graph.edges).toEqual(fresh.edges);
        expect(graph.nodes).toEqual(nodes);
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not depend on the order of transitions', () => {
    fc.assert(
      fc.property(content, content, fc.infiniteStream(fc.nat()), (before, after, dice) => {
        const one = transitions(before, after);
        const other = one.map(t => ({ t, at: dice.next().value })).sort((a, b) => a.at - b.at);
        const results = [one, other.map(({ t }) => t)].map(order => {
          const graph = NaiveGraph.of(tables, before.values());
          graph.apply(planWrites(order, tables), declared(after));
          return graph;
        });
        expect(results[0]?.nodes).toEqual(results[1]?.nodes);
        expect(results[0]?.edges).toEqual(results[1]?.edges);
      }),
    );
  });

  it('writes nothing for rows that stay as they are', () => {
    fc.assert(
      fc.property(content, content, (same, next) => {
        const after = new Map([...same, ...next]);
        const { nodes, relations } = planWrites(transitions(same, after), tables);
        const written = [...nodes.values(), ...relations.values()].flatMap(writes =>
          'upserts' in writes ? writes.upserts : [...writes.creates, ...writes.updates],
        );
        const changed = [...after.values()].filter(row => same.get(row.row)?.fingerprint !== row.fingerprint);
        expect(new Set(written.map(({ row }) => row))).toEqual(new Set(changed.map(({ row }) => row)));
        expect(written).toHaveLength(changed.length);
      }),
    );
  });
});

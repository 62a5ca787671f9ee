import fc from 'fast-check';
import { type ConnectionFactory, ContextKey, flow, TableSchema } from '../../lib/index.ts';
import type { Transport } from '../support/connection.ts';
import type { World } from '../sync/world.ts';
import { anyValue, columnOf, looseValue, riskyRow } from './any-value.ts';
import { exact } from './exact.ts';

const ROWS = 150;

/**
 * Loads rows with values of every type, then others in their place, and these alone elsewhere: in nodes and edges with a schema,
 * and in nodes without one, where the type may change too.
 */
export async function replaceValues(world: World, connection: ConnectionFactory, by: Transport) {
  // tx/commit has no form for bytes.
  const types = Object.keys(anyValue).filter(type => by !== 'tx-commit' || type !== 'BYTES');
  const columns = Object.fromEntries(types.map(type => [columnOf(type), { type }]));
  const contents = [1, 2].map(seed => {
    const loose = fc.sample(looseValue, { numRuns: ROWS, seed });
    return fc.sample(riskyRow, { numRuns: ROWS, seed }).map((row, index) => ({
      typed: Object.fromEntries(types.map(type => [columnOf(type), row[columnOf(type)]])),
      loose: loose[index],
    }));
  });

  const load = async (name: string, ...versions: readonly number[]) => {
    const labels = { node: `Node_${name}`, loose: `Loose_${name}`, edge: `EDGE_${name}` };
    const values = flow(new ContextKey(name), graph => {
      const id = { type: 'INTEGER', nullable: false } as const;
      const node = graph.nodeTable<{ id: number }>(labels.node, { schema: TableSchema.of({ ...columns, id }) });
      const loose = graph.nodeTable<{ id: number; v: unknown }>(labels.loose);
      const edge = graph.relationTable(labels.edge, node, loose, { schema: TableSchema.of(columns) });
      graph.source(`${name}/*.ndjson`, {}, record => {
        const { row, version } = record as { row: number; version: number };
        const { typed = {}, loose: v } = contents[version]?.[row] ?? {};
        return [
          node.declareRecord({ id: row, ...typed }),
          loose.declareRecord({ id: row, v }),
          edge.declareRelation({ fromId: row, toId: row, record: typed }),
        ];
      });
    });
    for (const version of versions) {
      await world.put(
        `${name}/a.ndjson`,
        Array.from({ length: ROWS }, (_, row) => ({ row, version })),
      );
      const { applied, rejected } = await world.sync([`${name}/a.ndjson`], world.worker({ flow: values, connection }));
      if (applied !== 1) throw new Error(JSON.stringify(rejected));
    }
    const text = `MATCH (node:${labels.node})-[edge]->(loose:${labels.loose}) RETURN properties(node) AS node, properties(edge) AS edge, properties(loose) AS loose ORDER BY node.id`;
    return (await world.query(text)).flatMap(({ node, edge, loose }) => [
      cells('node', node),
      // An edge's own key has the labels in it.
      cells('edge', { ...(edge as object), id: 0 }),
      cells('loose', loose),
    ]);
  };

  const suffix = `${by.replace('-', '')}_${world.name}`;
  const [replaced, fresh] = [await load(`Replaced_${suffix}`, 0, 1), await load(`Fresh_${suffix}`, 1)];
  if (fresh.length !== 3 * ROWS) throw new Error(`got ${fresh.length} rows`);
  return { replaced, fresh };
}

function cells(kind: string, properties: unknown) {
  const entries = Object.entries(properties as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return [kind, ...entries.map(([column, value]) => [column, exact(value)])];
}

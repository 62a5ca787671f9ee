/** Promise: a batch takes as many rows as its limits say, and of long vectors, and those that go into an index, far fewer. */
import { expect, it } from 'vitest';
import { tableId } from '../../lib/definition/definition.ts';
import { ContextKey, type Declaration, flow, type NodeTable, TableSchema, VectorSchema } from '../../lib/index.ts';
import { Room } from '../../lib/reconcile/room.ts';

const schema = TableSchema.of({
  id: { type: 'STRING', nullable: false },
  a: { type: new VectorSchema(2), nullable: true },
  b: { type: new VectorSchema(2), nullable: true },
});

let doc!: NodeTable<Record<string, unknown>>;
let loose!: NodeTable<Record<string, unknown> & { id: string }>;
let wide!: NodeTable<Record<string, unknown>>;
const { definition } = flow(new ContextKey('room'), graph => {
  doc = graph.nodeTable('Doc', { schema });
  doc.vectorIndex({ field: 'a', metric: 'cosine' });
  loose = graph.nodeTable('Loose');
  loose.vectorIndex({ field: 'a', dimension: 2, metric: 'cosine' });
  wide = graph.nodeTable('Wide', {
    schema: TableSchema.of({
      id: { type: 'STRING', nullable: false },
      v: { type: new VectorSchema(192), nullable: true },
    }),
  });
});
const tables = new Map(definition.tables.map(table => [tableId(table), table]));

/** How many rows of a kind a batch of 160 takes. */
function taken(row: (id: string) => Declaration | undefined): number {
  const room = new Room(160, Number.POSITIVE_INFINITY, tables);
  let count = 0;
  while (room.take(row(`d${count}`))) count += 1;
  return count;
}

it.each<[string, number, (id: string) => Declaration | undefined]>([
  ['go', 160, () => undefined],
  ['have no vector', 160, id => doc.declareRecord({ id, a: null, b: null })],
  ['have a vector in no index', 160, id => doc.declareRecord({ id, a: null, b: [1, 0] })],
  ['have a vector in an index', 10, id => doc.declareRecord({ id, a: [1, 0], b: [1, 0] })],
  ['have a vector in an index, without a schema', 10, id => loose.declareRecord({ id, a: [1, 0] })],
  ['have a long vector', 40, id => wide.declareRecord({ id, v: Array.from({ length: 192 }, () => 1) })],
  ['might have one', 160, id => wide.declareRecord({ id, v: null })],
])('of rows that %s it takes %i of 160', (_, count, row) => {
  expect(taken(row)).toBe(count);
});

/** Promise: values of every type, vectors and a sync come out the same on each server version and transport. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ContextKey, type Flow, flow, TableSchema, VectorSchema } from '../../lib/index.ts';
import { applySchema } from '../../lib/neo4j/schema/apply-schema.ts';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { connectionTo, type Transport } from '../support/connection.ts';
import { type Neo4jAddress, startNeo4j } from '../support/neo4j.ts';
import { World } from '../sync/world.ts';
import { anyRow, anyValue, columnOf, DIMENSION } from './any-value.ts';
import { exact } from './exact.ts';
import { replaceValues } from './replace-values.ts';

const SERVERS = [
  { version: '5.26', start: async () => ({ ...inject('services').neo4j, remove: async () => {} }), form: 'typed' },
  { version: '2026.08.1', start: () => startNeo4j({ version: '2026.08.1', heap: '512m' }), form: 'bolt6' },
] as const;

/** Cypher's name for what a column of a type holds. */
function stored(type: string): string {
  if (type === 'JSON') return 'STRING NOT NULL';
  if (type === 'BYTES') return 'LIST<INTEGER NOT NULL> NOT NULL';
  if (type.startsWith('VECTOR')) return 'LIST<FLOAT NOT NULL> NOT NULL';
  return type.startsWith('LIST') ? `${type.replace('>', ' NOT NULL>')} NOT NULL` : `${type} NOT NULL`;
}

describe.each(SERVERS)('on Neo4j $version', ({ start, form }) => {
  let server: Neo4jAddress & { remove(): Promise<void> };
  let connection: ConnectionFactory;
  let world: World;
  beforeAll(async () => {
    server = await start();
    connection = new ConnectionFactory({ uri: server.boltUri, auth: server, database: server.database });
    world = await World.create(server);
  });
  afterAll(async () => {
    await world?.close();
    await connection?.close();
    await server?.remove();
  });

  const sync = async (flowOfTest: Flow, key: string, records: readonly object[], from = world.connection) => {
    await world.put(key, records);
    return await world.sync([key], world.worker({ flow: flowOfTest, connection: from }));
  };

  it('a file is followed: nodes, edges, changes, deletion', async () => {
    await world.drop('people/a.ndjson', [
      { id: 'ada', name: 'Ada', age: 36 },
      { id: 'bob', name: 'Bob' },
    ]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1840 }]);
    await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Lovelace' }]);
    expect(await world.graph()).toEqual({
      people: [{ id: 'ada', name: 'Lovelace' }, { id: 'bob' }],
      knows: [world.edge('ada', 'bob', { since: 1840 })],
      notes: [],
    });
    for (const key of ['people/a.ndjson', 'knows/a.ndjson']) await world.remove(key);
    expect(await world.graph()).toEqual({ people: [], knows: [], notes: [] });
  });

  it.each<Transport>(['bolt', 'http', 'tx-commit'])(
    'values of every type are read back as they were declared, of nodes and of edges, by %s',
    async by => {
      // tx/commit has no form for bytes.
      const types = Object.keys(anyValue).filter(type => by !== 'tx-commit' || type !== 'BYTES');
      const columns = Object.fromEntries(types.map(type => [columnOf(type), { type }]));
      const label = `Typed_${world.name}_${by.replace('-', '')}`;
      // Of one seed, and not shrunk: a failure names the one value.
      const samples = fc.sample(anyRow, { numRuns: 200, seed: 6 });
      const rows: Record<string, unknown>[] = samples.map(row =>
        Object.fromEntries(types.map(type => [columnOf(type), row[columnOf(type)]])),
      );
      const declared: Readonly<Record<string, unknown>>[] = [];
      const typed = flow(new ContextKey(`types-${by}-${world.name}`), graph => {
        const node = graph.nodeTable<{ id: number }>(label, {
          schema: TableSchema.of({ ...columns, id: { type: 'INTEGER', nullable: false } }),
        });
        const edge = graph.relationTable(`TYPED_${by.replace('-', '')}_${world.name}`, node, node, {
          schema: TableSchema.of(columns),
        });
        graph.source(`typed/${by}.ndjson`, {}, record => {
          const { id } = record as { id: number };
          const row = rows[id] ?? {};
          const one = node.declareRecord({ id, ...row });
          declared[id] = one.values;
          return [one, edge.declareRelation({ fromId: id, toId: id, record: row })];
        });
      });
      const valueTypes = `[c IN $columns | [r[c], CASE WHEN r[c] IS NULL THEN null ELSE valueType(r[c]) END]]`;
      const read = (pattern: string) =>
        world.query(`MATCH ${pattern} RETURN n.id AS id, ${valueTypes} AS cells`, { columns: types.map(columnOf) });

      const { rejected } = await sync(
        typed,
        `typed/${by}.ndjson`,
        rows.map((_, id) => ({ id })),
        by === 'bolt' ? connection : connectionTo(server, { by }),
      );
      expect(rejected).toEqual([]);
      for (const pattern of [`(n:${label}) WITH n, n AS r`, `(n:${label})-[r]->(n)`]) {
        const found = (await read(pattern)) as { id: bigint; cells: [unknown, string | null][] }[];
        expect(found).toHaveLength(rows.length);
        for (const { id, cells } of found) {
          types.forEach((type, index) => {
            const value = declared[Number(id)]?.[columnOf(type)];
            const [actual, valueType] = cells[index] as [unknown, string | null];
            expect({ type, value: exact(actual) }).toEqual({ type, value: exact(value) });
            // Of an empty list nobody knows the type of its elements.
            const isEmpty = Array.isArray(actual) && actual.length === 0;
            if (value !== null && !isEmpty) expect(valueType).toBe(stored(type));
          });
        }
      }
    },
  );

  it.each<Transport>(['bolt', 'http', 'tx-commit'])(
    'a value that replaces any other of its column is read back as a fresh load of it is, by %s',
    async by => {
      const { replaced, fresh } = await replaceValues(
        world,
        by === 'bolt' ? connection : connectionTo(server, { by }),
        by,
      );
      expect(replaced).toEqual(fresh);
    },
  );

  it('vectors are found by their index at once, stored as float32; one of another dimension rejects its file', async () => {
    const label = `Doc_${world.name}`;
    const docs = flow(new ContextKey(`vectors-${world.name}`), graph => {
      const doc = graph.nodeTable<{ id: string; a: number[]; b?: number[] }>(label, {
        schema: TableSchema.of({
          id: { type: 'STRING' },
          a: { type: new VectorSchema(DIMENSION) },
          b: { type: new VectorSchema(2) },
        }),
      });
      doc.vectorIndex({ field: 'a', metric: 'cosine', quantization: false });
      doc.vectorIndex({ field: 'b', dimension: 2, metric: 'euclidean', name: `near_${world.name}` });
      graph.source('docs/*.ndjson', {}, record => doc.declareRecord(record as { id: string; a: number[] }));
    });
    await applySchema(connection.graph, { scope: world.name }, docs.definition);
    await world.query('CALL db.awaitIndexes(60)');
    expect(await connection.graph.valueForm()).toBe(form);
    const report = await sync(docs, 'docs/a.ndjson', [
      { id: 'x', a: [1, 0, 0.1], b: [1, 1] },
      { id: 'y', a: [0, 1, 0.1] },
      { id: 'z', a: [0, 0.5, 1], b: [5, 5] },
    ]);
    expect(report).toMatchObject({ nodesUpserted: 3, rejected: [] });
    const nearest = async (index: string, vector: number[]) => {
      const text = 'CALL db.index.vector.queryNodes($index, 3, $vector) YIELD node RETURN node.id AS id';
      return (await world.query(text, { index, vector })).map(({ id }) => id);
    };
    expect(await nearest(`coco_vec_${label}__a`, [0, 1, 0])).toEqual(['y', 'z', 'x']);
    expect(await nearest(`near_${world.name}`, [4, 4])).toEqual(['z', 'x']);
    // What was asked for is what is there: nothing is replaced, and nothing found to be in the way.
    expect(await applySchema(connection.graph, { scope: world.name }, docs.definition)).toMatchObject({ created: [] });
    const [x] = await world.query(`MATCH (n:${label} {id: 'x'}) RETURN n.a AS a`);
    expect(x?.a).toEqual([1, 0, Math.fround(0.1)]);

    const bad = await sync(docs, 'docs/a.ndjson', [{ id: 'x', a: [1, 0] }]);
    expect(bad.rejected[0]?.problems).toEqual([
      { line: 1, field: `${label}.a`, problem: 'got a vector of 2 numbers, expected 3' },
    ]);
    await sync(docs, 'docs/a.ndjson', [{ id: 'x', b: [4, 4] }]);
    expect(await nearest(`coco_vec_${label}__a`, [0, 1, 0])).toEqual([]);
    expect(await nearest(`near_${world.name}`, [4, 4])).toEqual(['x']);
  });
});

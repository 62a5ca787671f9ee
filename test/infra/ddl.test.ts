import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { applySchema, dropSchema, removeRows, schemaOnline, undoSchema } from '../../lib/ddl.ts';
import type { GraphDefinition } from '../../lib/graph/definition.ts';
import { ConnectionFactory } from '../../lib/neo4j/connection-factory.ts';
import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import { definition, nodeTable, relationTable, vectorIndex } from './definitions.ts';

/** Labels of this file only: other tests use the same server. */
const city = nodeTable('DdlCity', { primaryKey: 'code', vectorIndexes: [vectorIndex('DdlCity', 'place')] });
const road = relationTable('DDL_ROAD', city, city);
const all = definition('ddl', [city, road]);
const names = ['coco_idx_rel_DDL_ROAD__id', 'coco_uniq_DdlCity__code', 'coco_vec_DdlCity__place'];
const later = () => Date.now() + 60_000;

let connection: ConnectionFactory;
let graph: GraphDatabase;
beforeAll(async () => {
  const server = inject('services').neo4j;
  connection = new ConnectionFactory({ uri: server.boltUri, auth: server, database: server.database });
  graph = connection.graph;
  // A fence of another scope, so that the fences' constraint stays: other test files rely on it.
  await run("MERGE (:_Graphdrop {scope: 'ddl-other'})");
});
afterAll(async () => {
  await run("MATCH (f:_Graphdrop {scope: 'ddl-other'}) DELETE f");
  await connection.close();
});

afterEach(async () => {
  await removeRows(graph, all, later());
  for (const name of (await indexes()).keys()) {
    await run(`DROP CONSTRAINT \`${name}\` IF EXISTS`);
    await run(`DROP INDEX \`${name}\` IF EXISTS`);
  }
});

async function run(statement: string): Promise<Record<string, unknown>[]> {
  return await graph.query(statement);
}

/** Of this file's labels: id of each index by name. An id stays as long as the index is not made anew. */
async function indexes(): Promise<Map<string, string>> {
  const rows = await run("SHOW INDEXES YIELD * WHERE any(l IN labelsOrTypes WHERE toLower(l) STARTS WITH 'ddl')");
  return new Map(rows.map(row => [String(row.name), String(row.id)] as const).sort());
}

async function apply(wanted: GraphDefinition, previous?: GraphDefinition) {
  const { created, replaced, dropped, kept } = await applySchema(graph, wanted, previous);
  const own = (list: readonly string[]) => list.filter(name => name !== 'graphdrop_fence');
  return { created: own(created).sort(), replaced, dropped, kept: own(kept).sort() };
}

async function online(wanted: GraphDefinition): Promise<void> {
  while (!(await schemaOnline(graph, wanted))) await new Promise(resolve => setTimeout(resolve, 50));
}

describe('applySchema', () => {
  it('creates what is missing, then nothing', async () => {
    expect(await apply(all)).toEqual({ created: names, replaced: [], dropped: [], kept: [] });
    await online(all);
    const before = await indexes();
    expect([...before.keys()]).toEqual(names);
    expect(await apply(all)).toEqual({ created: [], replaced: [], dropped: [], kept: names });
    expect(await indexes()).toEqual(before);
    expect(await run("SHOW CONSTRAINTS YIELD name, labelsOrTypes, properties WHERE name = 'graphdrop_fence'")).toEqual([
      { name: 'graphdrop_fence', labelsOrTypes: ['_Graphdrop'], properties: ['scope'] },
    ]);
  });

  it('puts back what somebody dropped', async () => {
    await apply(all);
    await run('DROP INDEX coco_vec_DdlCity__place');
    expect(await apply(all, all)).toMatchObject({ created: ['coco_vec_DdlCity__place'] });
  });

  it.each([{ dimension: 4 }, { metric: 'euclidean' as const }])('replaces a vector index with %o', async change => {
    await apply(all);
    const vectorIndexes = [vectorIndex('DdlCity', 'place', change)];
    const changed = definition('ddl', [{ ...city, vectorIndexes }, road]);
    expect(await apply(changed, all)).toMatchObject({ created: [], replaced: ['coco_vec_DdlCity__place'] });
    expect(await apply(changed, all)).toMatchObject({ created: [], replaced: [], kept: names });
    expect(await apply(all, changed)).toMatchObject({ replaced: ['coco_vec_DdlCity__place'] });
  });

  it('renames a vector index', async () => {
    await apply(all);
    const vectorIndexes = [vectorIndex('DdlCity', 'place', { name: 'ddl_place' })];
    const renamed = definition('ddl', [{ ...city, vectorIndexes }, road]);
    expect(await apply(renamed, all)).toMatchObject({ created: ['ddl_place'], dropped: ['coco_vec_DdlCity__place'] });
  });

  it('drops what is no longer declared, and nothing that never was', async () => {
    await apply(all);
    await run('CREATE INDEX ddl_own FOR (n:DdlCity) ON (n.name)');
    const less = definition('ddl', [nodeTable('DdlTown')]);
    expect([...(await apply(less, all)).dropped].sort()).toEqual(names);
    expect([...(await indexes()).keys()]).toEqual(['coco_uniq_DdlTown__id', 'ddl_own']);
  });

  it('goes back to the old definition, as a rollback does', async () => {
    await apply(all);
    const next = definition('ddl', [{ ...city, primaryKey: 'name', vectorIndexes: [] }]);
    await apply(next, all);
    await apply(all, next);
    expect([...(await indexes()).keys()]).toEqual(names);
  });

  it('takes no index of others for its own', async () => {
    await run('CREATE INDEX ddl_own FOR (n:DdlCity) ON (n.name)');
    const vectorIndexes = [vectorIndex('DdlCity', 'place', { name: 'ddl_own' })];
    const clash = definition('ddl', [{ ...city, vectorIndexes }]);
    await expect(apply(clash)).rejects.toThrow(
      'ddl_own exists already, as RANGE on DdlCity.name: give the vector index',
    );
    expect([...(await indexes()).keys()]).toEqual(['ddl_own']);
  });

  it.each([
    ['a constraint', 'CREATE CONSTRAINT ddl_own FOR (n:DdlCity) REQUIRE n.code IS UNIQUE', 'ddl_own is there already'],
    ['an index', 'CREATE INDEX ddl_own FOR (n:DdlCity) ON (n.code)', "the constraint on DdlCity.code can't be created"],
  ])('says that %s is in the way, and leaves nothing half done', async (_what, statement, message) => {
    await run(statement);
    await expect(apply(all)).rejects.toThrow(message);
    expect([...(await indexes()).keys()]).toEqual(['ddl_own']);
  });

  it('says that there are duplicates, and leaves nothing half done', async () => {
    await run("CREATE (:DdlCity {code: 'a'}), (:DdlCity {code: 'a'})");
    await expect(apply(all)).rejects.toMatchObject({
      code: 'SCHEMA',
      message: expect.stringContaining('DdlCity.code'),
    });
    expect([...(await indexes()).keys()]).toEqual([]);
  });
});

describe('undoSchema', () => {
  it('takes back what was created and leaves what was there', async () => {
    await apply(definition('ddl', [{ ...city, vectorIndexes: [] }]));
    const { created } = await applySchema(graph, all);
    await undoSchema(graph, all, new Set(created));
    expect([...(await indexes()).keys()]).toEqual(['coco_uniq_DdlCity__code']);
  });
});

describe('teardown', () => {
  it('removes managed rows only, in parts, and the schema with them', async () => {
    await apply(all);
    await run('UNWIND range(1, 25000) AS i CREATE (:DdlCity {code: i})');
    await run(
      'MATCH (a:DdlCity) WHERE a.code > 1 MATCH (b:DdlCity {code: 1}) CREATE (a)-[:DDL_ROAD {id: a.code}]->(b)',
    );
    await run("CREATE (:DdlOther {name: 'not managed'})-[:DDL_ROAD]->(:DdlOther)");

    expect(await removeRows(graph, all, Date.now())).toBe(false);
    while (!(await removeRows(graph, all, Date.now() + 50)));
    expect(await run('MATCH (n:DdlCity) RETURN count(n) AS n')).toEqual([{ n: 0n }]);
    expect(await run('MATCH (:DdlOther)-[r:DDL_ROAD]->() RETURN count(r) AS n')).toEqual([{ n: 1n }]);
    await run('MATCH (n:DdlOther) DETACH DELETE n');

    await dropSchema(graph, all, 'ddl@neo4j');
    expect([...(await indexes()).keys()]).toEqual([]);
    await dropSchema(graph, all, 'ddl@neo4j');
  });

  it('takes the fence of its scope, and leaves the constraint of fences while another scope has one', async () => {
    await apply(all);
    await run("MERGE (:_Graphdrop {scope: 'ddl@neo4j'})");
    await dropSchema(graph, all, 'ddl@neo4j');
    expect(await run("SHOW CONSTRAINTS YIELD name WHERE name = 'graphdrop_fence'")).toHaveLength(1);
    const fences = await run("MATCH (f:_Graphdrop) WHERE f.scope STARTS WITH 'ddl' RETURN f.scope AS scope");
    expect(fences).toEqual([{ scope: 'ddl-other' }]);
  });
});

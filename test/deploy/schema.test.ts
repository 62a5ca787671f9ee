/** Promise: a deploy makes, replaces and drops exactly its own scope's constraints and indexes, and a teardown its own rows. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { settled } from '../../lib/definition/applied-table.ts';
import type { GraphDefinition } from '../../lib/definition/definition.ts';
import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import {
  applySchema,
  dropSchema,
  removeRows,
  type SchemaPhase,
  schemaOnline,
} from '../../lib/neo4j/schema/apply-schema.ts';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { definition, nodeTable, relationTable, vectorIndex } from './definitions.ts';

/** Labels of this file only: other tests use the same server. */
const city = nodeTable('DdlCity', { primaryKey: 'code', vectorIndexes: [vectorIndex('DdlCity', 'place')] });
const road = relationTable('DDL_ROAD', city, city);
const all = definition('ddl', [city, road]);
const names = ['coco_idx_rel_DDL_ROAD__id', 'coco_uniq_DdlCity__code', 'coco_vec_DdlCity__place'];
const scope = 'ddl@neo4j';
const later = () => Date.now() + 60_000;

let connection: ConnectionFactory;
let graph: GraphDatabase;
beforeAll(async () => {
  const server = inject('services').neo4j;
  connection = new ConnectionFactory({ uri: server.boltUri, auth: server, database: server.database });
  graph = connection.graph;
  // A fence of another scope, so that the fences' constraint stays: other test files rely on it.
  await run('CREATE CONSTRAINT graphdrop_fence IF NOT EXISTS FOR (f:_Graphdrop) REQUIRE f.scope IS UNIQUE');
  await run("MERGE (:_Graphdrop {scope: 'ddl-other'})");
});
afterAll(async () => {
  await run("MATCH (f:_Graphdrop {scope: 'ddl-other'}) DELETE f");
  await connection.close();
});

beforeEach(async () => {
  await run(`MERGE (:_Graphdrop {scope: '${scope}'})`);
});

afterEach(async () => {
  await run(`MATCH (f:_Graphdrop) WHERE f.scope IN ['${scope}', 'ddl-two'] DELETE f`);
  await run('MATCH (n) WHERE n:DdlOther OR n:DdlCity DETACH DELETE n');
  for (const name of (await indexes()).keys()) {
    await run(`DROP CONSTRAINT \`${name}\` IF EXISTS`);
    await run(`DROP INDEX \`${name}\` IF EXISTS`);
  }
});

/** All methods of a database, to be changed one by one. */
function bound(database: GraphDatabase): GraphDatabase {
  return {
    query: database.query.bind(database),
    queryOnce: database.queryOnce.bind(database),
    commit: database.commit.bind(database),
    valueForm: database.valueForm.bind(database),
  };
}

/** The statement that makes a vector index of our column. */
function vectorOf(name: string, dimension: number): string {
  const config = `\`vector.dimensions\`: ${dimension}, \`vector.similarity_function\`: 'cosine'`;
  return `CREATE VECTOR INDEX ${name} FOR (n:DdlCity) ON (n.place) OPTIONS { indexConfig: { ${config} } }`;
}

async function run(statement: string): Promise<Record<string, unknown>[]> {
  return await graph.query(statement);
}

/** Of this file's labels: id of each index by name. An id stays as long as the index is not made anew. */
async function indexes(): Promise<Map<string, string>> {
  const rows = await run("SHOW INDEXES YIELD * WHERE any(l IN labelsOrTypes WHERE toLower(l) STARTS WITH 'ddl')");
  return new Map(rows.map(row => [String(row.name), String(row.id)] as const).sort());
}

/** Adopted only where something is. */
async function apply(wanted: GraphDefinition, phase?: SchemaPhase) {
  const { created, replaced, dropped, kept, adopted } = await applySchema(graph, { scope }, wanted, phase);
  return { created, replaced, dropped: [...dropped].sort(), kept, ...(adopted.length > 0 && { adopted }) };
}

async function online(wanted: GraphDefinition): Promise<void> {
  while (!(await schemaOnline(graph, scope, wanted))) await new Promise(resolve => setTimeout(resolve, 50));
}

async function held(): Promise<unknown> {
  const [fence] = await run(`MATCH (f:_Graphdrop {scope: '${scope}'}) RETURN f.schema AS schema`);
  return fence?.schema;
}

describe('a deploy', () => {
  it('makes the constraints and indexes that are missing, and a second one makes nothing', async () => {
    expect(await apply(all)).toEqual({ created: names, replaced: [], dropped: [], kept: [] });
    await online(all);
    const before = await indexes();
    expect([...before.keys()]).toEqual(names);
    expect(await apply(all)).toEqual({ created: [], replaced: [], dropped: [], kept: names });
    expect(await indexes()).toEqual(before);
    expect(await held()).toEqual(names);
  });

  it('makes an index again that somebody dropped', async () => {
    await apply(all);
    await run('DROP INDEX coco_vec_DdlCity__place');
    expect(await apply(all)).toMatchObject({ created: ['coco_vec_DdlCity__place'] });
  });

  it.each([{ dimension: 4 }, { metric: 'euclidean' as const }])(
    'replaces a vector index whose options changed: %o',
    async change => {
      await apply(all);
      const vectorIndexes = [vectorIndex('DdlCity', 'place', change)];
      const changed = definition('ddl', [{ ...city, vectorIndexes }, road]);
      expect(await apply(changed)).toMatchObject({ created: [], replaced: ['coco_vec_DdlCity__place'] });
      expect(await apply(changed)).toMatchObject({ created: [], replaced: [], kept: names });
      expect(await apply(all)).toMatchObject({ replaced: ['coco_vec_DdlCity__place'] });
    },
  );

  it('makes a renamed vector index and drops the one of the old name', async () => {
    await apply(all);
    const vectorIndexes = [vectorIndex('DdlCity', 'place', { name: 'ddl_place' })];
    const renamed = definition('ddl', [{ ...city, vectorIndexes }, road]);
    expect(await apply(renamed)).toMatchObject({ created: ['ddl_place'], dropped: ['coco_vec_DdlCity__place'] });
  });

  it('drops what its definition no longer declares, and nothing that it never declared', async () => {
    await apply(all);
    await run('CREATE INDEX ddl_own FOR (n:DdlCity) ON (n.name)');
    const less = definition('ddl', [nodeTable('DdlTown')]);
    expect([...(await apply(less)).dropped].sort()).toEqual(names);
    expect([...(await indexes()).keys()]).toEqual(['coco_uniq_DdlTown__id', 'ddl_own']);
  });

  it('restores the old constraints and indexes when it is rolled back', async () => {
    await apply(all);
    const next = definition('ddl', [{ ...city, primaryKey: 'name', vectorIndexes: [] }]);
    await apply(next);
    await apply(all);
    expect([...(await indexes()).keys()]).toEqual(names);
  });

  it('is refused where the name of its vector index is another index’s', async () => {
    await run('CREATE INDEX ddl_own FOR (n:DdlCity) ON (n.name)');
    const vectorIndexes = [vectorIndex('DdlCity', 'place', { name: 'ddl_own' })];
    const clash = definition('ddl', [{ ...city, vectorIndexes }]);
    await expect(apply(clash)).rejects.toThrow(
      'ddl_own exists already, as a RANGE index on DdlCity.name: give the vector index',
    );
    expect([...(await indexes()).keys()]).toEqual(['ddl_own']);
  });

  it('touches nothing on a label as long as rows of a table that goes may be there', async () => {
    await apply(all);
    const next = definition('ddl', [{ ...city, primaryKey: 'name', vectorIndexes: [] }, nodeTable('DdlTown')]);
    expect(await apply(next, 'rows stay')).toMatchObject({ created: ['coco_uniq_DdlTown__id'], dropped: [] });
    expect([...(await indexes()).keys()]).toEqual([...names, 'coco_uniq_DdlTown__id'].sort());
    expect(await apply(next)).toEqual({
      created: ['coco_uniq_DdlCity__name'],
      replaced: [],
      dropped: names,
      kept: ['coco_uniq_DdlTown__id'],
    });
  });

  it.each([
    ['a constraint', 'CREATE CONSTRAINT ddl_own FOR (n:DdlCity) REQUIRE n.code IS UNIQUE', 0],
    ['an index', 'CREATE INDEX ddl_own FOR ()-[r:DDL_ROAD]-() ON (r.id)', 1],
    ['a constraint of edges', 'CREATE CONSTRAINT ddl_own FOR ()-[r:DDL_ROAD]-() REQUIRE r.id IS UNIQUE', 1],
    ['a vector index', vectorOf('ddl_own', 3), 2],
  ])('uses %s of another name that does the same, and never drops it', async (_what, statement, replaces) => {
    await run(statement);
    const others = names.filter(name => !name.startsWith(['coco_uniq', 'coco_idx', 'coco_vec'][replaces] ?? ''));
    for (const expected of [
      { created: others, kept: [] },
      { created: [], kept: others },
    ]) {
      expect(await apply(all)).toEqual({ ...expected, replaced: [], dropped: [], adopted: ['ddl_own'] });
    }
    await online(all);
    expect(await held()).toEqual(others);
    await dropSchema(graph, scope);
    expect([...(await indexes()).keys()]).toEqual(['ddl_own']);
  });

  it('never drops a vector index that had the wanted name before', async () => {
    await run(vectorOf('ddl_own', 3));
    const vectorIndexes = [vectorIndex('DdlCity', 'place', { name: 'ddl_own' })];
    expect(await apply(definition('ddl', [{ ...city, vectorIndexes }]))).toMatchObject({ kept: ['ddl_own'] });
    await dropSchema(graph, scope);
    expect([...(await indexes()).keys()]).toEqual(['ddl_own']);
  });

  it.each([
    ['an index', 'CREATE INDEX ddl_own FOR (n:DdlCity) ON (n.code)', 'ddl_own, a RANGE index on DdlCity.code'],
    ['a vector index', vectorOf('ddl_own', 4), 'ddl_own, a VECTOR index on DdlCity.place (vector.dimensions: 4'],
  ])('is refused where %s is in the way, and leaves nothing half done', async (_what, statement, message) => {
    await run(statement);
    await expect(apply(all)).rejects.toThrow(message);
    expect([...(await indexes()).keys()]).toEqual(['ddl_own']);
    expect(await held()).toBeNull();
  });

  it('is not disturbed by an index of another kind on the same property', async () => {
    await run('CREATE TEXT INDEX ddl_own FOR (n:DdlCity) ON (n.code)');
    expect(await apply(all)).toMatchObject({ created: names });
  });

  it('is refused where several nodes have one key, names some, and leaves nothing half done', async () => {
    await run("UNWIND ['a', 'a', 'b', 'c', 'c', 'c', 'c', 1, 1, 1.0] AS code CREATE (:DdlCity {code: code})");
    await expect(apply(all)).rejects.toThrow(
      /DdlCity\.code can't be created: 3 of its keys are those of several DdlCity nodes: .*"c" \(4 nodes, ids \S+, \S+, \S+, …\)/,
    );
    expect([...(await indexes()).keys()]).toEqual([]);
    expect(await held()).toEqual([]);
  });

  it('fails where an index can’t be populated, says why, and drops the index', async () => {
    await run("CREATE (:DdlCity {code: 1})-[:DDL_ROAD {id: reduce(s = 'x', _ IN range(1, 15) | s + s)}]->(:DdlCity)");
    await apply(all);
    await expect(online(all)).rejects.toThrow(
      /could not populate coco_idx_rel_DDL_ROAD__id on DDL_ROAD.id: .*Property value is too large to index/,
    );
    expect([...(await indexes()).keys()]).toEqual(names.slice(1));
  });

  it('keeps an index that two scopes share until the second of them is torn down', async () => {
    const rail = relationTable('DDL_ROAD', nodeTable('DdlTown'), nodeTable('DdlTown'));
    await run("MERGE (:_Graphdrop {scope: 'ddl-two'})");
    await apply(all);
    await applySchema(graph, { scope: 'ddl-two' }, definition('ddl', [nodeTable('DdlTown'), rail]));
    await dropSchema(graph, scope);
    expect([...(await indexes()).keys()]).toEqual(['coco_idx_rel_DDL_ROAD__id', 'coco_uniq_DdlTown__id']);
    await dropSchema(graph, 'ddl-two');
    expect([...(await indexes()).keys()]).toEqual([]);
  });

  it('drops what an earlier deploy made that died: the fence names it', async () => {
    const dying: GraphDatabase = {
      ...bound(graph),
      query: async (text, parameters) => {
        if (text.startsWith('CREATE VECTOR') || text.startsWith('DROP')) throw new Error('died');
        return await graph.query(text, parameters);
      },
    };
    const vectorIndexes = [vectorIndex('DdlCity', 'place', { name: 'ddl_place' })];
    await expect(applySchema(dying, { scope }, definition('ddl', [{ ...city, vectorIndexes }]))).rejects.toThrow(
      'died',
    );
    expect([...(await indexes()).keys()]).toEqual(['coco_uniq_DdlCity__code']);
    await apply(definition('ddl', [nodeTable('DdlTown')]));
    expect([...(await indexes()).keys()]).toEqual(['coco_uniq_DdlTown__id']);
  });
});

describe('a teardown', () => {
  it('removes the scope’s own rows, a part at a time, then its constraints and indexes, and nothing of others’', async () => {
    await apply(all);
    await run('UNWIND range(1, 25000) AS i CREATE (:DdlCity {code: i})');
    await run(
      'MATCH (a:DdlCity) WHERE a.code > 1 MATCH (b:DdlCity {code: 1}) CREATE (a)-[:DDL_ROAD {id: a.code}]->(b)',
    );
    await run("CREATE (:DdlOther {name: 'not managed'})-[:DDL_ROAD]->(:DdlOther)");
    // Of somebody else, at rows of ours: edges (one of our type, without a key), a property, and a node that has no key.
    await run(
      `MATCH (a:DdlCity {code: 3}), (b:DdlCity {code: 4}), (o:DdlOther {name: 'not managed'})
       SET a.name = 'ours', a.theirs = true, b.name = 'ours'
       CREATE (o)-[:DDL_LIKES {since: 1}]->(a), (b)-[:DDL_ROAD]->(a), (:DdlCity {theirs: 1})`,
    );

    const columns = ['code', 'name'].map(name => ({ name, type: 'STRING', nullable: true }));
    const own = [{ ...city, columns }, road].map(settled);
    expect(await removeRows(graph, own, Date.now())).toBe(false);
    while (!(await removeRows(graph, own, Date.now() + 50)));
    expect(await run('MATCH (n:DdlCity) RETURN properties(n) AS p ORDER BY n.code')).toEqual([
      { p: { code: 3n, theirs: true } },
      { p: { code: 4n } },
      { p: { theirs: 1n } },
    ]);
    // Without a schema all properties are ours.
    expect(await removeRows(graph, all.tables.map(settled), later())).toBe(true);
    expect(await run('MATCH (n:DdlCity {code: 3}) RETURN properties(n) AS p')).toEqual([{ p: { code: 3n } }]);
    expect(await run('MATCH (:DdlOther)-[r:DDL_LIKES]->(n) RETURN properties(r) AS p, n.code AS code')).toEqual([
      { p: { since: 1n }, code: 3n },
    ]);
    expect(await run('MATCH ()-[r:DDL_ROAD]->() RETURN count(r) AS n')).toEqual([{ n: 2n }]);
    await dropSchema(graph, scope);
    expect([...(await indexes()).keys()]).toEqual([]);
    await dropSchema(graph, scope);
  });

  it('removes its fence, and keeps the fences’ constraint while another scope has a fence', async () => {
    await apply(all);
    await dropSchema(graph, scope);
    expect(await run("SHOW CONSTRAINTS YIELD name WHERE name = 'graphdrop_fence'")).toHaveLength(1);
    const fences = await run("MATCH (f:_Graphdrop) WHERE f.scope STARTS WITH 'ddl' RETURN f.scope AS scope");
    expect(fences).toEqual([{ scope: 'ddl-other' }]);
  });

  it('keeps the fences’ constraint if another fence is made between counting and dropping', async () => {
    let counted = 0;
    const late: GraphDatabase = {
      ...bound(graph),
      query: async (text, parameters) => {
        const rows = await graph.query(text, parameters);
        if (!text.includes('count(f)')) return rows;
        counted += 1;
        return counted === 1 ? [{ n: 0n }] : rows;
      },
    };
    await dropSchema(late, scope);
    expect(counted).toBeGreaterThan(0);
    expect(await run("SHOW CONSTRAINTS YIELD name WHERE name = 'graphdrop_fence'")).toHaveLength(1);
  });
});

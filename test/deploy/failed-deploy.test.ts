/** Promise: a deploy that can't be done says why, and leaves nothing half made. */
import { describe, expect, inject } from 'vitest';
import { z } from 'zod';
import { abandonDeploy, beginDeploy, continueDeploy } from '../../lib/deploy/deploy.ts';
import type { DeployedScope } from '../../lib/deploy/deployed-scope.ts';
import { preflight } from '../../lib/deploy/preflight.ts';
import { withdraw } from '../../lib/deploy/scope-ownership.ts';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';
import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { watched } from '../protocol/watched-database.ts';
import { deploy, deployedScope, putInForce, settle } from '../sync/deploy.ts';
import type { World } from '../sync/world.ts';
import { itWithoutSchema as it } from '../sync/world-test.ts';

interface Tables {
  /** Dimension of a vector index on people. Default: none. */
  readonly dimension?: number;
  readonly notes?: boolean;
  readonly adopt?: boolean;
}

function tables(world: World, { notes = false, adopt = false, dimension }: Tables = {}): { flow: Flow; code: string } {
  const made = flow(new ContextKey(world.name), graph => {
    const person = graph.nodeTable<{ id: string; place?: number[] }>(world.labels.person);
    if (dimension !== undefined) person.vectorIndex({ field: 'place', dimension, metric: 'cosine' });
    graph.source('people/*.ndjson', { record: z.looseObject({ id: z.string() }) }, row => person.declareRecord(row));
    if (!notes) return;
    const note = graph.nodeTable<{ id: string }>(world.labels.note, { adopt });
    graph.relationTable(world.labels.knows, person, note, { adopt });
  });
  return { flow: made, code: JSON.stringify({ notes, adopt, dimension }) };
}

function deployed(world: World, options: Tables = {}): DeployedScope {
  return deployedScope(world.worker(tables(world, options)));
}

/** What a deploy makes in the database: constraints, indexes, the fence; and whether head is there to be had. */
async function leftovers(world: World) {
  const labels = Object.values(world.labels);
  const schema = await world.query(
    'SHOW INDEXES YIELD name, labelsOrTypes WHERE any(l IN labelsOrTypes WHERE l IN $labels) RETURN name ORDER BY name',
    { labels },
  );
  const fences = await world.query(
    'MATCH (f:_Graphdrop {scope: $scope}) RETURN f.claims AS claims, f.schema AS schema',
    {
      scope: world.worker().name,
    },
  );
  const head = await world.worker().head.read();
  return { schema: schema.map(({ name }) => name), fences, open: head !== null && !head.closed };
}

const nothing = { schema: [], fences: [], open: false };

describe('a first deploy', () => {
  it('is refused where a plain index is in the way, and leaves that alone', async ({ world }) => {
    await world.query(`CREATE INDEX ${world.name}_own FOR (n:${world.labels.person}) ON (n.id)`);
    await expect(beginDeploy(deployed(world))).rejects.toThrow(`${world.name}_own, a RANGE index on`);
    expect(await leftovers(world)).toEqual({ ...nothing, schema: [`${world.name}_own`] });
  });

  it('is refused where keys are not unique, by the names of some', async ({ world }) => {
    const { note } = world.labels;
    await world.query(`UNWIND ['a', 'a', 'b'] AS id CREATE (:${note} {id: id})`);
    const failing = deployed(world, { notes: true, adopt: true });
    await expect(beginDeploy(failing)).rejects.toThrow(
      `1 of its keys are those of several ${note} nodes: "a" (2 nodes, ids `,
    );
    expect(await leftovers(world)).toEqual(nothing);
    expect(await world.notes()).toHaveLength(3);
    await world.query(`MATCH (n:${note} {id: 'a'}) WITH n LIMIT 1 DELETE n`);
    await putInForce(failing);
    expect((await leftovers(world)).open).toBe(true);
  });

  it('is taken back where an index can’t be populated', async ({ world }) => {
    const { person, note, knows } = world.labels;
    const long = "reduce(s = 'x', _ IN range(1, 15) | s + s)";
    await world.query(`CREATE (:${person} {id: 'p'})-[:${knows} {id: ${long}}]->(:${note} {id: 'n'})`);
    await world.query(`MATCH (p:${person}) DETACH DELETE p`);
    await world.query(`MATCH (n:${note}) CREATE (:${world.name}_Other)-[:${knows} {id: ${long}}]->(n)`);
    const failing = deployed(world, { notes: true, adopt: true });
    const before = await beginDeploy(failing);
    await expect(
      (async () => {
        while (!(await continueDeploy(failing, 0, Number.POSITIVE_INFINITY)));
      })(),
    ).rejects.toThrow(/could not populate coco_idx_rel_\S+ .*too large to index/);
    await abandonDeploy(failing, before);
    expect(await leftovers(world)).toEqual(nothing);
    await world.query(`MATCH (n:${world.name}_Other) DETACH DELETE n`);
  });

  it('over a graph that was left gives that back as it was', async ({ world }) => {
    await world.put('people/a.ndjson', [{ id: 'ada' }]);
    await withdraw(deployedScope(await deploy(world, tables(world))), true);
    const left = await leftovers(world);
    await world.query(`CREATE (:${world.labels.note} {id: 'theirs'})`);
    const next = { ...deployed(world, { notes: true }), table: await world.freshTable() };
    await expect(beginDeploy(next)).rejects.toThrow('has rows already');
    expect(await leftovers(world)).toEqual(left);
    await abandonDeploy(next, await beginDeploy({ ...next, definition: deployed(world).definition }));
    expect(await leftovers(world)).toEqual(left);
    expect(await world.people()).toEqual([{ id: 'ada' }]);
    await deploy(world, { ...tables(world), table: await world.freshTable() });
  });
});

describe('a later deploy', () => {
  it('that fails leaves what was in force in force', async ({ world }) => {
    await world.put('people/a.ndjson', [{ id: 'ada' }]);
    const worker = await deploy(world, tables(world));
    const before = await leftovers(world);
    await world.query(`CREATE INDEX ${world.name}_own FOR (n:${world.labels.note}) ON (n.id)`);
    await expect(beginDeploy(deployed(world, { notes: true }))).rejects.toThrow('is in the way');
    await world.query(`DROP INDEX ${world.name}_own`);
    await world.query(`UNWIND [1, 1] AS id CREATE (:${world.labels.note} {id: id})`);
    await expect(beginDeploy(deployed(world, { notes: true, adopt: true }))).rejects.toThrow('several');
    expect((await leftovers(world)).schema).toEqual(before.schema);
    await world.put('people/a.ndjson', [{ id: 'eve' }]);
    expect(await world.sync(['people/a.ndjson'], worker)).toMatchObject({ applied: 1 });
    expect(await world.people()).toEqual([{ id: 'eve' }]);
  });

  it('that fails when it has replaced a vector index leaves the old one’s form to be made again', async ({ world }) => {
    await world.put('people/a.ndjson', [{ id: 'ada' }]);
    const worker = await deploy(world, tables(world, { dimension: 3 }));
    const before = await leftovers(world);
    const dimension = async () =>
      await world.query(
        "SHOW VECTOR INDEXES YIELD labelsOrTypes, options WHERE $label IN labelsOrTypes RETURN options.indexConfig['vector.dimensions'] AS n",
        { label: world.labels.person },
      );
    const failing = deployed(world, { dimension: 4, notes: true });
    const graph = watched(failing.graph, text => {
      if (text.startsWith('CREATE CONSTRAINT') && text.includes(world.labels.note)) throw new Error('refused');
    });
    await expect(beginDeploy({ ...failing, graph })).rejects.toThrow('refused');
    expect(await dimension()).toEqual([]);
    await settle(world, worker);
    expect(await dimension()).toEqual([{ n: 3n }]);
    expect(await leftovers(world)).toEqual(before);
    expect(await worker.head.read()).toMatchObject({ resync: null });
  });

  it('with nothing changed issues no DDL and applies no object', async ({ world }) => {
    await world.put('people/a.ndjson', [{ id: 'ada' }]);
    const worker = await deploy(world, tables(world, { notes: true }));
    const root = (await worker.head.read())?.root;
    const statements: string[] = [];
    const { graph } = world.connection;
    const recording: GraphDatabase = {
      query: async (text, parameters) => {
        statements.push(text);
        return await graph.query(text, parameters);
      },
      queryOnce: async (text, parameters) => {
        statements.push(text);
        return await graph.queryOnce(text, parameters);
      },
      commit: graph.commit.bind(graph),
      valueForm: graph.valueForm.bind(graph),
    };
    await putInForce({ ...deployed(world, { notes: true }), graph: recording });
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.filter(text => /^\s*(CREATE|DROP)/.test(text))).toEqual([]);
    expect(await world.sync(['people/a.ndjson'], worker)).toMatchObject({ skipped: 1, transactions: 0 });
    expect((await worker.head.read())?.root).toBe(root);
  });
});

describe('before anything is changed, a deploy says that', () => {
  const { neo4j } = inject('services');
  const cases: [string, ConstructorParameters<typeof ConnectionFactory>[0], RegExp][] = [
    [
      'the server can’t be reached',
      { uri: 'bolt://127.0.0.1:1', auth: neo4j },
      /kg@\S+: the server can't be reached: .*ECONNREFUSED/s,
    ],
    [
      'the credentials are refused',
      { uri: neo4j.boltUri, auth: { username: 'neo4j', password: 'not this' } },
      /refuses the credentials: .*connection secret/,
    ],
    ['the database is unknown', { uri: neo4j.boltUri, auth: neo4j, database: 'nowhere' }, /has no database nowhere/],
    [
      'it is no Bolt port',
      { uri: neo4j.httpUri.replace('http', 'bolt'), auth: neo4j },
      /can't be used: Server responded HTTP/,
    ],
  ];

  it.for(cases)('%s', async ([, options, message]) => {
    const connection = new ConnectionFactory(options);
    try {
      const definition = { context: 'kg', tables: [], sources: [] };
      const checking = preflight(connection.graph, `kg@${connection.database}`, definition);
      await expect(checking).rejects.toMatchObject({ code: 'PREFLIGHT', message: expect.stringMatching(message) });
      await expect(checking).rejects.not.toThrow('not this');
    } finally {
      await connection.close();
    }
  });

  it('the server is too old', async ({ world }) => {
    const { graph } = world.connection;
    const old: GraphDatabase = {
      query: graph.query.bind(graph),
      queryOnce: async () => [{ version: '5.17.0' }],
      commit: graph.commit.bind(graph),
      valueForm: graph.valueForm.bind(graph),
    };
    await expect(beginDeploy({ ...deployed(world), graph: old })).rejects.toThrow(
      'is Neo4j 5.17.0; graphdrop needs 5.18',
    );
    expect(await leftovers(world)).toEqual(nothing);
  });
});

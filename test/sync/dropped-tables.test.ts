/** Promise: a table that is no longer declared loses its rows, then its constraints and its claim, and nothing else goes. */
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { beginDeploy, continueDeploy, dropUndeclared } from '../../lib/deploy/deploy.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { readClaims } from '../../lib/neo4j/fence/claims.ts';
import { type Deployable, deploy, deployedScope, putInForce, settle } from './deploy.ts';
import { freshRoot } from './fresh-root.ts';
import type { World } from './world.ts';
import { itWithoutSchema as it } from './world-test.ts';

interface Tables {
  readonly notes?: 'system' | 'user';
  readonly knows?: boolean;
  /** A record schema that no file fits. */
  readonly strict?: boolean;
}

/** People always; notes, with an edge from each to its author, if asked for. One file may declare rows of all. */
function tables(world: World, { notes, knows = false, strict = false }: Tables): Deployable {
  const { person, note, knows: type } = world.labels;
  const Row = z.object({
    id: strict ? z.number() : z.string(),
    by: z.string().optional(),
    text: z.string().optional(),
  });
  const made = flow(new ContextKey(world.name), graph => {
    const people = graph.nodeTable<{ id: string }>(person);
    const texts = notes && graph.nodeTable<Record<string, unknown>>(note, { managedBy: notes });
    const wrote = texts && knows ? graph.relationTable(type, people, texts) : undefined;
    graph.source('*.ndjson', { record: Row }, ({ id, by, text }) => [
      ...(by === undefined ? [people.declareRecord({ id: String(id) })] : []),
      ...(by !== undefined && texts ? [texts.declareRecord({ id: String(id), text })] : []),
      ...(by !== undefined && wrote ? [wrote.declareRelation({ fromId: by, toId: String(id) })] : []),
    ]);
  });
  return { flow: made, code: JSON.stringify({ notes, knows, strict }) };
}

const everything: Tables = { notes: 'system', knows: true };

async function load(world: World): Promise<void> {
  await world.put('a.ndjson', [{ id: 'ada' }, { id: 'n1', by: 'ada', text: 'one' }, { id: 'n2', by: 'stub' }]);
  await world.put('b.ndjson', [{ id: 'n1', by: 'ada', text: 'one again' }]);
  await deploy(world, tables(world, everything));
  expect((await world.graph()).knows).toHaveLength(2);
}

async function schemaOf(world: World): Promise<string[]> {
  const labels = Object.values(world.labels);
  const rows = await world.query(
    'SHOW INDEXES YIELD name, labelsOrTypes WHERE any(l IN labelsOrTypes WHERE l IN $labels)',
    {
      labels,
    },
  );
  return rows.map(({ name }) => String(name)).sort();
}

async function claimed(world: World) {
  const { name, connection } = world.worker();
  return (await readClaims(connection.graph)).find(({ scope }) => scope === name);
}

async function continueOnce(world: World, options: Deployable, giveUpAt = Date.now() + 60_000): Promise<boolean> {
  return await continueDeploy(deployedScope(world.worker(options)), 0, giveUpAt);
}

describe('a table that is no longer declared', () => {
  it('loses its rows, its schema and its claim; other people’s things stay', async ({ world }) => {
    const { person, note, knows } = world.labels;
    await load(world);
    await world.query(`CREATE INDEX ${world.name}_own FOR (n:${note}) ON (n.text)`);
    await world.query(`MATCH (n:${note} {id: 'n1'}) CREATE (:${world.name}_Other {name: 'theirs'})-[:READ]->(n)`);
    const without = tables(world, {});
    const worker = await deploy(world, without);
    expect(await world.graph()).toEqual({ people: [{ id: 'ada' }], notes: [{ id: 'n1' }], knows: [] });
    expect(
      await world.query('MATCH (o:$($label))-[:READ]->(n) RETURN n.id AS id', { label: `${world.name}_Other` }),
    ).toEqual([{ id: 'n1' }]);
    expect(await schemaOf(world)).toEqual([`coco_uniq_${person}__id`, `${world.name}_own`]);
    expect(await claimed(world)).toMatchObject({ claims: [`(:${person})`], schema: [`coco_uniq_${person}__id`] });
    expect((await worker.head.read())?.root).toBe(await freshRoot(world, without));

    await world.query(`MATCH (o:${world.name}_Other)-[:READ]->(n) DETACH DELETE o, n`);
    await deploy(world, tables(world, everything));
    expect((await world.graph()).knows).toHaveLength(2);
    expect(await schemaOf(world)).toContain(`coco_idx_rel_${knows}__id`);
  });

  it('keeps its constraints until the last row is gone, however long that takes, and nobody commits meanwhile', async ({
    world,
  }) => {
    await world.put('a.ndjson', [
      { id: 'ada' },
      ...Array.from({ length: 10_500 }, (_, n) => ({ id: `n${n}`, by: 'ada' })),
    ]);
    await world.put('b.ndjson', [{ id: 'bob' }]);
    const before = await deploy(world, tables(world, { notes: 'system' }));
    const without = tables(world, {});
    const schema = await schemaOf(world);
    await beginDeploy(deployedScope(world.worker(without)));
    await world.put('b.ndjson', [{ id: 'eve' }]);
    for (const worker of [before, world.worker(without)]) {
      await expect(world.sync(['b.ndjson'], worker)).rejects.toMatchObject({ reason: 'definition' });
    }
    await expect(continueOnce(world, without, 0)).rejects.toThrow(
      /rows of tables .* still being deleted.*"settled":true/,
    );
    expect(await world.notes()).toHaveLength(500);
    expect(await schemaOf(world)).toEqual(schema);
    expect((await claimed(world))?.claims).toHaveLength(2);
    await putInForce(deployedScope(world.worker(without)));
    await settle(world, world.worker(without));
    expect(await world.graph()).toEqual({ people: [{ id: 'ada' }, { id: 'eve' }], notes: [], knows: [] });
    expect(await schemaOf(world)).toHaveLength(1);
  });

  it('gets its rows back by a rollback in the middle of it', async ({ world }) => {
    await load(world);
    const graph = await world.graph();
    const without = tables(world, {});
    await beginDeploy(deployedScope(world.worker(without)));
    expect(await dropUndeclared(deployedScope(world.worker(without)), 0)).toBe(false);
    expect((await world.graph()).knows).toEqual([]); // edges went first
    const worker = await deploy(world, tables(world, everything));
    expect(await world.graph()).toEqual(graph);
    expect((await worker.head.read())?.root).toBe(await freshRoot(world, tables(world, everything)));
  });

  it('loses the rows of files that the new code rejects as well; what else they said stays', async ({ world }) => {
    await load(world);
    const graph = await world.graph();
    const strict = await deploy(world, tables(world, { strict: true }));
    expect(await strict.status.get('a.ndjson')).toMatchObject({ state: 'rejected' });
    expect(await world.graph()).toEqual({ people: [{ id: 'ada' }], notes: [], knows: [] });
    await deploy(world, tables(world, everything));
    expect(await world.graph()).toEqual(graph);
  });
});

describe('a table that the user manages', () => {
  it('loses what files declared of it, and no more', async ({ world }) => {
    const { note } = world.labels;
    await world.query(`CREATE (:${note} {id: 'theirs', text: 'own'})`);
    await world.query(`CREATE INDEX ${world.name}_own FOR (n:${note}) ON (n.id)`);
    await world.put('a.ndjson', [{ id: 'ada' }, { id: 'n1', by: 'ada', text: 'one' }]);
    await deploy(world, tables(world, { notes: 'user' }));
    expect(await world.notes()).toHaveLength(2);
    await deploy(world, tables(world, {}));
    expect(await world.notes()).toEqual([{ id: 'theirs', text: 'own' }]);

    const worker = await deploy(world, tables(world, { notes: 'user' }));
    const own = {
      ...worker.definition,
      tables: worker.definition.tables.filter(table => table.managedBy === 'system'),
    };
    expect(await dropUndeclared({ ...deployedScope(worker), definition: own }, Date.now() + 60_000, false)).toBe(true);
    expect(await world.graph()).toEqual({ people: [{ id: 'ada' }], notes: [{ id: 'theirs', text: 'own' }], knows: [] });
    expect((await worker.head.read())?.closed).toBe(true);
    expect((await schemaOf(world)).filter(name => !name.includes('uniq'))).toEqual([`${world.name}_own`]);
  });
});

it('a file whose newest version is bad gets its rows back too, when the deploy is taken back at once', async ({
  world,
}) => {
  await load(world);
  await world.put('a.ndjson', 'no record at all');
  await world.sync(['a.ndjson'], world.worker(tables(world, everything)));
  const graph = await world.graph();
  expect(graph.notes).toHaveLength(2);
  await putInForce(deployedScope(world.worker(tables(world, {}))));
  expect((await world.graph()).notes).toHaveLength(0);
  await deploy(world, tables(world, everything));
  expect(await world.graph()).toEqual(graph);
});

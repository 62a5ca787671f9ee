/** Threat: very many edges join the same two nodes, and each row looks at all of them. */
import { expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow } from '../../lib/index.ts';
import { mergeRelations } from '../../lib/neo4j/statements/relation-statements.ts';
import type { World } from './world.ts';
import { itWithoutSchema as it } from './world-test.ts';

const EDGES = 400;

/** How many records the database reads for a batch of edges: it tells with the plan. */
async function databaseHits(world: World, indexed: boolean, edges: number): Promise<number> {
  const { person, knows } = world.labels;
  const end = { label: person, primaryKey: 'id', managedBy: 'system' } as const;
  const table = { id: 't', type: knows, from: end, to: end, primaryKey: 'id', columns: null, indexed };
  const rows = Array.from({ length: edges }, (_, n) => ({
    key: `e${n}`,
    ends: { from: 'a', to: 'b' },
    values: { id: `e${n}` },
  }));
  let hits = 0;
  for (const { text, rows: given } of mergeRelations(table, rows as never, 'typed')) {
    const { summary } = await world.driver.executeQuery(`PROFILE ${text}`, { rows: given });
    const plans = [summary.profile];
    for (const plan of plans) {
      if (!plan) continue;
      hits += Number(plan.dbHits);
      plans.push(...plan.children);
    }
  }
  return hits;
}

it.for([true, false])(
  'merging them costs each the same, however many there are; indexed: %s',
  async (indexed, { world }) => {
    const { person, knows } = world.labels;
    await world.query(`CREATE CONSTRAINT ${world.name} FOR (n:${person}) REQUIRE n.id IS UNIQUE`);
    if (indexed) await world.query(`CREATE INDEX i_${world.name} FOR ()-[e:${knows}]-() ON (e.id)`);
    await world.query(`CREATE (:${person} {id: 'a'}), (:${person} {id: 'b'})`);
    await databaseHits(world, indexed, EDGES / 4);
    const few = await databaseHits(world, indexed, EDGES / 4);
    await databaseHits(world, indexed, EDGES);
    const many = await databaseHits(world, indexed, EDGES);
    expect(many).toBeLessThan(few * 6);
  },
);

it('those of a user’s table are written, changed and deleted, whatever else joins the two nodes', async ({ world }) => {
  const record = z.object({ id: z.string(), from: z.string(), to: z.string(), amount: z.int() });
  const { person, knows } = world.labels;
  const payments = flow(new ContextKey(world.name), graph => {
    const people = graph.nodeTable<{ id: string }>(person);
    const pays = graph.relationTable(knows, people, people, { managedBy: 'user' });
    graph.source('pays/*.ndjson', { record }, ({ from, to, ...row }) =>
      pays.declareRelation({ fromId: from, toId: to, record: row }),
    );
  });
  const worker = world.worker({ flow: payments });
  const rows = (amounts: readonly number[]) =>
    amounts.map((amount, n) => ({ id: `e${n}`, from: n % 2 === 0 ? 'a' : 'b', to: 'b', amount }));
  const drop = async (amounts: readonly number[]) => {
    await world.put('pays/a.ndjson', rows(amounts));
    expect(await world.sync(['pays/a.ndjson'], worker)).toMatchObject({ transactions: 1, rejected: [] });
    return (await world.knows()).map(({ properties: { id, amount } }) => [id, amount]);
  };
  expect(await drop([1, 2, 3, 4])).toEqual([
    ['e0', 1],
    ['e2', 3],
    ['e1', 2],
    ['e3', 4],
  ]);
  await world.query(
    `MATCH (a:${person} {id: 'a'}), (b:${person} {id: 'b'}) CREATE (a)-[:${knows} {id: 'own'}]->(b), (a)-[:${knows}]->(b)`,
  );
  expect(await drop([1, 2, 5])).toEqual([
    ['e0', 1],
    ['e2', 5],
    ['own', undefined],
    [undefined, undefined],
    ['e1', 2],
  ]);
  await world.query(`MATCH ()-[e:${knows} {id: 'e0'}]->() DELETE e`);
  await world.put('pays/a.ndjson', rows([7]));
  await world.sync(['pays/a.ndjson'], worker);
  expect((await world.knows()).map(({ properties }) => properties.amount)).toEqual([7, undefined, undefined]);
});

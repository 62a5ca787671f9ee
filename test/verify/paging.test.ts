/** Promise: the size of a page never changes what a verification reports. */
import { expect } from 'vitest';
import { verify } from '../../lib/verify/verify.ts';
import { it } from '../sync/world-test.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

it('pages of any size give one report', { timeout: 120_000 }, async ({ world }) => {
  const ids = [...Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? `p${i}` : i)), 1.5, '1'];
  await world.put(
    'people/a.ndjson',
    ids.map(id => ({ id, name: `n${id}` })),
  );
  await world.put(
    'knows/a.ndjson',
    ids.map((id, i) => ({ from: id, to: ids[(i * 7) % ids.length], ...(i % 2 && { id: `k${i}` }) })),
  );
  await world.sync(['people/a.ndjson', 'knows/a.ndjson']);
  const { person, knows } = world.labels;
  for (const edit of [
    `MATCH (n:${person}) WHERE n.id IN ['p0', 7, 1.5] SET n.name = 'other'`,
    `MATCH (n:${person}) WHERE n.id IN ['p3', 8] DETACH DELETE n`,
    `UNWIND ['', 'p00', 'zz', -1, 0.5, 9007199254740993, true, false] AS id CREATE (:${person} {id: id, name: 'x'})`,
    // As many equal edges as fit on no page.
    `MATCH (a)-[e:${knows} {id: 'k11'}]->(b) UNWIND range(1, 4) AS i CREATE (a)-[f:${knows}]->(b) SET f = properties(e)`,
    `MATCH (a)-[e:${knows} {id: 'k13'}]->(b) UNWIND range(1, 4) AS i CREATE (b)-[f:${knows}]->(a) SET f = properties(e)`,
    `MATCH (a)-[e:${knows} {id: 'k15'}]->(b) CREATE (b)-[f:${knows}]->(a) SET f = properties(e) DELETE e`,
  ])
    await world.query(edit);
  const worker = world.worker();
  const { report } = await verifyAll(worker);
  const found = differences(world, report);
  expect(found).toMatchObject({ 'people altered': expect.arrayContaining(['sp0 name', 'i7 name', 'f1.5 name']) });
  expect(found['people missing']).toEqual(['i8', 'sp3']);
  expect(found['people undeclared']).toEqual(
    ['bfalse', 'btrue', 'f0.5', 'i-1', 'i9007199254740993', 's', 'sp00', 'szz'].sort(),
  );
  expect(found['knows undeclared']).toHaveLength(8);
  expect(found['knows misplaced']).toHaveLength(1);
  for (const pageSize of [1, 7]) {
    const paged = await verifyAll(worker, { pageSize, maxPages: 3 });
    expect(differences(world, paged.report)).toEqual(found);
    expect({ rows: paged.report.rows, keys: paged.report.keys }).toEqual({ rows: report.rows, keys: report.keys });
  }
  const few = await verifyAll(worker, { samples: 2, pageSize: 5 });
  for (const [id, table] of Object.entries(few.report.tables)) {
    for (const kind of ['missing', 'altered', 'misplaced', 'undeclared', 'stubs'] as const) {
      const { count, first } = table[kind];
      expect(count).toBe(report.tables[id]?.[kind].count);
      expect(first).toHaveLength(Math.min(2, count));
    }
  }
  expect((await verify(worker, { deadline: 0 })).next).not.toBeNull();
  expect(differences(world, (await repairAll(world, worker, { pageSize: 4 })).report)).toEqual(found);
  expect(await verifyAll(worker)).toMatchObject({ clean: true });
});

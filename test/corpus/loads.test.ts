/** Promise: files that other programs wrote load with the types they were written with. */
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow, TableSchema } from '../../lib/index.ts';
import { plain } from '../sync/graph-content.ts';
import { it } from '../sync/world-test.ts';

const content = (name: string) => readFileSync(new URL(name, import.meta.url));

describe('files of other programs load with the right types', () => {
  it('neo4j-admin, APOC and Neptune without a line of mapping, Parquet and Excel’s CSV by a schema', async ({
    world,
  }) => {
    const label = (name: string) => `${name}${world.name}`;
    const columns = ['id', 'name', 'tags', 'flag', 'bytes', 'price', 'at', 'pos', 'single', 'local', 'day', 'time'];
    const Row = z.object({ price: z.coerce.number().nullish() }).loose();
    const corpus = flow(new ContextKey(world.name), graph => {
      const movie = graph.nodeTable(label('Movie'), { primaryKey: 'movieId' });
      const actor = graph.nodeTable(label('Actor'), { primaryKey: 'personId' });
      const actedIn = graph.relationTable('ACTED_IN', actor, movie);
      const user = graph.nodeTable(label('User'), {
        primaryKey: 'uid',
        schema: TableSchema.of({
          uid: { type: 'INTEGER', nullable: false },
          name: { type: 'STRING' },
          age: { type: 'FLOAT' },
          male: { type: 'BOOLEAN' },
          kids: { type: 'LIST<STRING>' },
          born: { type: 'LOCAL DATETIME' },
          place: { type: 'POINT' },
        }),
      });
      const knows = graph.relationTable('KNOWS', user, user);
      const person = graph.nodeTable(label('person'));
      const software = graph.nodeTable(label('software'));
      const created = graph.relationTable('created', person, software);
      const row = graph.nodeTable(label('Row'), {
        schema: TableSchema.of({
          id: { type: 'INTEGER', nullable: false },
          name: { type: 'STRING' },
          tags: { type: 'LIST<STRING>' },
          flag: { type: 'BOOLEAN' },
          bytes: { type: 'BYTES' },
          price: { type: 'FLOAT' },
          at: { type: 'ZONED DATETIME' },
          pos: { type: 'JSON' },
          single: { type: 'FLOAT' },
          local: { type: 'LOCAL DATETIME' },
          day: { type: 'DATE' },
          time: { type: 'LOCAL TIME' },
        }),
      });
      const sale = graph.nodeTable(label('Sale'));
      graph.source('neo4j/*', { format: 'neo4j-admin', tables: [movie, actor, actedIn], labelsAs: 'labels' });
      graph.source('apoc/*', { format: 'apoc', tables: [user, knows] });
      graph.source('neptune/*', { format: 'neptune', tables: [person, software, created] });
      graph.source('rows/*', { record: Row, columns }, one => row.declareRecord({ ...one, tags: null }));
      graph.source('sales/*', { delimiter: ';' }, one =>
        sale.declareRecord({ ...(one as object), id: (one as { Id: string }).Id }),
      );
    });
    // Labels are the world's own: those of the files get its name.
    const named = (name: string, labels: readonly string[]) =>
      labels.reduce(
        (text, one) => text.replaceAll(new RegExp(`(?<=[",;] ?)${one}(?=["\\r\\n;])`, 'g'), label(one)),
        content(name).toString(),
      );
    await world.put('neo4j/movies.csv', named('neo4j-admin-movies.csv', ['Movie']));
    await world.put('neo4j/actors.csv', named('neo4j-admin-actors.csv', ['Actor']));
    await world.put('neo4j/roles.csv', content('neo4j-admin-roles.csv'));
    await world.put('apoc/all.json', named('apoc-all.jsonl', ['User']));
    await world.put('neptune/v.csv', named('neptune-vertices.csv', ['person', 'software']));
    await world.put('neptune/e.csv', content('neptune-edges.csv'));
    await world.put('rows/a.parquet', content('pyarrow-brotli-v2.parquet'));
    await world.put('rows/other.parquet', content('pandas.parquet'));
    await world.put('sales/de.csv', content('excel-de.csv'));
    const report = await world.sync(await world.keys(), world.worker({ flow: corpus }));
    expect(report.rejected).toMatchObject([
      { key: 'rows/other.parquet', reason: expect.stringContaining('has no column') },
    ]);

    const nodes = async (name: string, key: string) =>
      (await world.query(`MATCH (n:${label(name)}) RETURN properties(n) AS p ORDER BY n.${key}`)).map(({ p }) =>
        plain(p),
      );
    expect(await nodes('Movie', 'movieId')).toContainEqual({
      movieId: 'tt0234215',
      title: 'The Matrix Reloaded',
      year: 2003,
      labels: [label('Movie'), 'Sequel'].sort(),
    });
    const [roles] = await world.query(
      `MATCH (a:${label('Actor')})-[e:ACTED_IN]->(m:${label('Movie')}) RETURN count(e) AS n, collect(DISTINCT e.role) AS roles`,
    );
    expect(plain(roles)).toMatchObject({ n: 9, roles: expect.arrayContaining(['Neo', 'Morpheus', 'Trinity']) });
    expect(await nodes('User', 'uid')).toHaveLength(3);
    const [types] = await world.query(
      `MATCH (a:${label('User')} {uid: 0})-[e:KNOWS]->(b:${label('User')} {uid: 1})
       RETURN valueType(a.age) AS age, valueType(a.uid) AS uid, valueType(a.kids) AS kids, valueType(e.since) AS since,
         toString(a.born) AS born, a.place = point({ longitude: 13.1, latitude: 33.46789 }) AS place`,
    );
    expect(types).toEqual({
      age: 'FLOAT NOT NULL',
      uid: 'INTEGER NOT NULL',
      kids: 'LIST<STRING NOT NULL> NOT NULL',
      since: 'INTEGER NOT NULL',
      born: '2015-07-04T19:32:24',
      place: true,
    });
    expect(await nodes('person', 'id')).toEqual([
      { id: 'v1', name: 'marko', age: 29, interests: ['sailing', 'graphs'] },
    ]);
    expect(
      await world.query(
        `MATCH (:${label('person')})-[e:created]->(s:${label('software')}) RETURN e.weight AS w, e.id AS id, s.lang AS lang`,
      ),
    ).toEqual([{ w: 0.4, id: 'e1', lang: 'java' }]);
    const [row] = await world.query(
      `MATCH (n:${label('Row')} {id: 1}) RETURN valueType(n.id) AS id, valueType(n.price) AS price, valueType(n.at) AS at,
         valueType(n.flag) AS flag, valueType(n.single) AS single, n.pos AS pos, n.local AS local, n.day AS day, n.time AS time, n.bytes AS bytes`,
    );
    expect(row).toMatchObject({
      id: 'INTEGER NOT NULL',
      price: 'FLOAT NOT NULL',
      at: 'ZONED DATETIME NOT NULL',
      flag: 'BOOLEAN NOT NULL',
      single: 'FLOAT NOT NULL',
      pos: '{"x":1.5,"y":2}',
    });
    expect([row?.local, row?.day, row?.time].map(String)).toEqual([
      '2026-01-31T12:00:00.123456000',
      '2020-02-29',
      '01:02:03.004000000',
    ]);
    expect(Buffer.from(row?.bytes as Uint8Array)).toEqual(Buffer.from([0xff, 0]));
    const big = await world.query(`MATCH (n:${label('Row')} {id: 9007199254740993}) RETURN count(n) AS n`);
    expect(big).toEqual([{ n: 1n }]);
    expect((await nodes('Sale', 'id'))[0]).toMatchObject({ id: '1', Name: 'Müller; Söhne', Umsatz: '1.234,50' });
  });
});

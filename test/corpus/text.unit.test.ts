/** Promise: text files of Excel, neo4j-admin, APOC and Neptune are read as they were meant. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ReadOptions, readRecords } from '../../lib/files/read-records.ts';
import { chunked, outcome } from '../files/chunked.ts';

/** Whole, and in pieces that cut lines and characters. */
async function values(name: string, options: ReadOptions) {
  const content = readFileSync(new URL(name, import.meta.url));
  const read = (cuts: number[]) => outcome(readRecords({ key: name, body: chunked(content, cuts) }, options));
  const [whole, cut] = [await read([]), await read([0.13, 0.31, 0.32, 0.7, 0.9])];
  expect(cut).toEqual(whole);
  expect(whole.error).toBeUndefined();
  return whole.items.map(({ value }) => value);
}

test('CSV as Excel saves it: byte order mark, semicolons, CRLF, line ends in cells', async () => {
  expect(await values('excel-de.csv', { delimiter: ';' })).toEqual([
    { Id: '1', Name: 'Müller; Söhne', Umsatz: '1.234,50', Notiz: 'erste Zeile\nzweite "Zeile"' },
    { Id: '2', Name: 'Ärzte', Umsatz: '7' },
    { Id: '3', Umsatz: '0', Notiz: 'x' },
  ]);
});

test('neo4j-admin: the movies of its tutorial', async () => {
  const format = 'neo4j-admin' as const;
  const movies = await values('neo4j-admin-movies.csv', { format });
  expect(movies).toHaveLength(3);
  expect(movies[1]).toEqual({
    kind: 'node',
    id: 'tt0234215',
    labels: ['Movie', 'Sequel'],
    properties: { movieId: 'tt0234215', title: 'The Matrix Reloaded', year: 2003n },
  });
  expect((await values('neo4j-admin-actors.csv', { format }))[2]).toEqual({
    kind: 'node',
    id: 'carrieanne',
    labels: ['Actor'],
    properties: { personId: 'carrieanne', name: 'Carrie-Anne Moss' },
  });
  const roles = await values('neo4j-admin-roles.csv', { format });
  expect(roles).toHaveLength(9);
  expect(roles[3]).toEqual({
    kind: 'relationship',
    id: null,
    type: 'ACTED_IN',
    start: { id: 'laurence' },
    end: { id: 'tt0133093' },
    properties: { role: 'Morpheus' },
  });
});

test('APOC: the users of its documentation', async () => {
  const elements = await values('apoc-all.jsonl', { format: 'apoc' });
  expect(elements).toHaveLength(4);
  expect(elements[0]).toMatchObject({
    kind: 'node',
    id: '0',
    labels: ['User'],
    properties: { age: 42, male: true, kids: ['Sam', 'Anna', 'Grace'], place: { crs: 'wgs-84', height: null } },
  });
  expect(elements[3]).toEqual({
    kind: 'relationship',
    id: '0',
    type: 'KNOWS',
    start: { id: '0', labels: ['User'] },
    end: { id: '1', labels: ['User'] },
    properties: { since: 1993, bffSince: 'P5M1DT12H' },
  });
});

test('Neptune: the software of its documentation, spaces after commas and all', async () => {
  const format = 'neptune' as const;
  expect(await values('neptune-vertices.csv', { format })).toEqual([
    {
      kind: 'node',
      id: 'v1',
      labels: ['person'],
      properties: { name: 'marko', age: 29n, interests: ['sailing', 'graphs'] },
    },
    { kind: 'node', id: 'v2', labels: ['software'], properties: { name: 'lop', lang: 'java' } },
  ]);
  expect(await values('neptune-edges.csv', { format })).toEqual([
    {
      kind: 'relationship',
      id: 'e1',
      type: 'created',
      start: { id: 'v1' },
      end: { id: 'v2' },
      properties: { weight: 0.4 },
    },
  ]);
});

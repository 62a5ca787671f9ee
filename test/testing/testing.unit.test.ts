/** Promise: a flow can be tested on one file without any service, and a failed expectation says what there is instead. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ContextKey, flow, TableSchema, VectorSchema } from '../../lib/index.ts';
import {
  assertAccepted,
  assertNode,
  assertRejected,
  assertRelation,
  declareFile,
  matchers,
} from '../../lib/testing/testing.ts';

const Person = z.object({
  id: z.string(),
  age: z.int().optional(),
  born: z.iso.date().optional(),
  taste: z
    .array(z.number())
    .meta({ neo4jType: new VectorSchema(2) })
    .optional(),
});
const Knows = z.object({ since: z.int() });

const people = flow(new ContextKey('kg'), graph => {
  const person = graph.nodeTable('Person', { schema: TableSchema.from(Person) });
  const knows = graph.relationTable('KNOWS', person, person, { schema: TableSchema.from(Knows) });
  graph.source('people/*.ndjson', { record: Person }, record => person.declareRecord(record));
  graph.source('some/*.ndjson', { record: Person, onInvalid: 'skip' }, record => person.declareRecord(record));
  graph.source('knows/*', { format: 'csv' }, ({ from = '', to = '', since }) =>
    knows.declareRelation({ fromId: from, toId: to, record: { since: Number(since) } }),
  );
});

const all = flow(new ContextKey('all'), graph => {
  const thing = graph.nodeTable('Thing');
  graph.source('**', {}, record => thing.declareRecord({ id: String((record as { id: unknown }).id) }));
});

const ada = '{"id":"ada","age":36,"born":"1815-12-10","taste":[0.5,1]}\n';

describe('a file', () => {
  it('gives its rows in values that a test can write down', async () => {
    const file = await declareFile(people, 'people/a.ndjson', ada);
    expect(file).toEqual({
      source: 'people/*.ndjson',
      nodes: [{ label: 'Person', key: 'ada', properties: { id: 'ada', age: 36, born: '1815-12-10', taste: [0.5, 1] } }],
      relations: [],
      rejected: null,
      skipped: [],
      notes: [],
    });
    assertNode(file, 'Person', 'ada', { age: 36 });
    assertAccepted(file);
  });

  it('whose format cannot be told is rejected with what to do', async () => {
    expect((await declareFile(all, 'a.csv.zip', 'x')).rejected).toEqual([
      expect.stringMatching(/^a\.csv\.zip can't tell the format from this name and no content type: name it \.ndjson/),
    ]);
  });

  it('gives its edges with the keys of their ends, packed or not', async () => {
    const file = await declareFile(people, 'knows/a.csv.gz', gzipSync('from,to,since\nada,bob,1833\n'));
    const end = (key: string) => ({ label: 'Person', key });
    expect(file.relations).toMatchObject([
      { type: 'KNOWS', from: end('ada'), to: end('bob'), properties: { since: 1833 } },
    ]);
    assertRelation(file, 'KNOWS', ['ada', 'bob'], { since: 1833 });
  });

  it('tells why it is rejected, and which records are left out', async () => {
    const file = await declareFile(people, 'people/a.ndjson', `${ada}{"id":1}\n`);
    expect(file).toMatchObject({ nodes: [], rejected: [expect.stringMatching(/^people\/a\.ndjson:2 id: /)] });
    assertRejected(file, 'id');
    const some = await declareFile(people, 'some/a.ndjson', `${ada}{"id":1}\n`);
    expect(some).toMatchObject({ rejected: null, skipped: [{ line: 2 }] });
    expect(() => assertAccepted(some)).toThrow('line 2 is left out');
  });

  it('that no source matches says so', async () => {
    expect(await declareFile(people, 'other/a.csv', '')).toMatchObject({ source: null });
    expect(await declareFile(people, 'people/_a.ndjson', ada)).toMatchObject({ source: null });
    const other = await declareFile(people, 'other/a.csv', '');
    expect(() => assertNode(other, 'Person', 'ada')).toThrow('no source of the flow matches its key');
  });
});

describe('a matcher', () => {
  expect.extend(matchers as never);
  const extended = expect as unknown as (file: unknown) => Record<string, (...args: unknown[]) => void> & {
    readonly not: Record<string, (...args: unknown[]) => void>;
  };

  it('passes, and fails with what the file declares instead', async () => {
    const file = await declareFile(people, 'people/a.ndjson', ada);
    extended(file).toDeclareNode?.('Person', 'ada', { age: 36 });
    extended(file).not.toDeclareNode?.('Person', 'bob');
    extended(file).toBeAccepted?.();
    extended(file).not.toBeRejected?.();
    expect(() => extended(file).toDeclareNode?.('Person', 'ada', { age: 37 })).toThrow('"age":36');
    expect(() => extended(file).not.toDeclareNode?.('Person', 'ada')).toThrow('not to declare the node');
    expect(() => extended(file).toDeclareRelation?.('KNOWS', ['ada', 'bob'])).toThrow('1 nodes and 0 edges');
    expect(() => extended(file).toBeRejected?.(/x/)).toThrow('to be rejected with /x/, but it declares 1 nodes');
  });
});

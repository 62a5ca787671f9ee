/** Threat: a column that is written in another way than the record's schema names it is dropped in silence, and its field stays empty. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Notes } from '../../lib/files/notes.ts';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { type CheckedOptions, readRecords } from '../../lib/files/read-records.ts';
import { chunked, outcome } from './chunked.ts';

const Person = z.object({ id: z.string(), name: z.string().optional(), score: z.string().optional() });

async function read(content: string, options: CheckedOptions = {}, key = 'a.csv') {
  const notes = new Notes();
  const object = { key, body: chunked(content) };
  const { items, error } = await outcome(
    readRecords(object, { record: Person, ...options }, new InvalidRecords(0), notes),
  );
  return { values: items.map(({ value }) => value), message: error?.message, notes: notes.list };
}

describe('a name that differs by case, blanks or punctuation alone from that of an empty field is refused', () => {
  test.each([
    ['id, name\n1,Ann\n', 'a.csv:2  name: the record schema has no such field: did you mean name, which is empty?'],
    ['id,Score\n1,7\n', 'a.csv:2 Score: the record schema has no such field: did you mean score'],
    ['id,NA_ME\n1,7\n', 'did you mean name'],
    ['id,"""name"""\n1,7\n', 'did you mean name'],
    ['id,name\u00a0\n1,7\n', 'did you mean name'],
  ])('%j', async (content, problem) => {
    const { message } = await read(content);
    expect(message).toContain(problem);
    expect(message).toContain("unknownColumns: 'ignore'");
  });

  test.each([
    ['nothing is in the column', 'id,Name\n1,\n'],
    ['the field has a value of its own', 'id,name,Name\n1,Ann,ann\n'],
  ])('unless %s', async (_, content) => {
    expect((await read(content)).message).toBeUndefined();
  });

  test('of JSON and nested objects too', async () => {
    const record = z.object({ id: z.number(), at: z.object({ lat: z.number().optional() }).optional() });
    const { message } = await read('{"id":1,"at":{"Lat":2}}\n', { record }, 'a.ndjson');
    expect(message).toContain('a.ndjson:1 at.Lat: the record schema has no such field: did you mean lat');
    const list = z.object({ tags: z.array(z.object({ name: z.string().optional() })) });
    expect((await read('{"tags":[{},{"Name":"x"}]}\n', { record: list }, 'a.ndjson')).message).toContain(
      'tags.1.Name: ',
    );
  });
});

describe('other unknown columns are left out and noted', () => {
  test('with their first lines, and what may have been meant', async () => {
    const rows = Array.from({ length: 30 }, (_, row) => `${row},Ann,x\n`).join('');
    const { values, notes } = await read(`id,nmae,city\n${rows}`);
    expect(values[0]).toEqual({ id: '0' });
    expect(notes).toEqual([{ kind: 'unknown-column', count: 60, first: expect.any(Array) }]);
    expect(notes[0]?.first).toHaveLength(6);
    expect(notes[0]?.first[0]).toEqual({
      line: 2,
      field: 'nmae',
      problem: 'the record schema has no such field: did you mean name, which is empty?',
    });
    expect(notes[0]?.first[1]).toEqual({ line: 2, field: 'city', problem: 'the record schema has no such field' });
  });

  test('of a missing field that must be there the message says so', async () => {
    expect((await read('iD,name\n1,Ann\n')).message).toContain(`did you mean the file's "iD"?`);
  });
});

test.each([
  ['reject', 'id,city\n1,x\n', 1, 0],
  ['warn', 'id,Name\n1,x\n', 0, 1],
  ['ignore', 'id,Name\n1,x\n', 0, 0],
] as const)('unknownColumns: %s', async (unknownColumns, content, rejected, noted) => {
  const { message, notes } = await read(content, { unknownColumns });
  expect([message === undefined ? 0 : 1, notes.length]).toEqual([rejected, noted]);
});

test.each([
  ['keeps what it doesn’t know', Person.loose()],
  ['makes the record itself', z.preprocess(value => value, Person)],
  ['is no object’s', z.record(z.string(), z.string())],
])('a schema that %s has no unknown columns', async (_, record) => {
  expect(await read('id,Name\n1,x\n', { record })).toMatchObject({ message: undefined, notes: [] });
});

test.each([
  ['a transform', Person.transform(({ id }) => ({ id }))],
  ['a union', z.union([Person, z.object({ other: z.string() })])],
  ['an intersection', z.intersection(Person, z.object({ id: z.string() }))],
  ['readonly', Person.readonly()],
])('but one with %s has', async (_, record) => {
  expect((await read('id,Name\n1,x\n', { record })).message).toContain('did you mean name');
});

/** Threat: names and values of a file make what is told of it larger than a status, an event or a line of the log may be. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { declareRows } from '../../lib/bucket/declare-rows.ts';
import { tableId } from '../../lib/definition/definition.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { chunked } from '../files/chunked.ts';

const LONG = 'x'.repeat(5_000_000);
/** DynamoDB takes 400 KB an item, EventBridge 256 KB an event: both have the problems twice. */
const MOST = 100_000;

interface Case {
  readonly key?: string;
  readonly content: string;
  readonly options?: object;
}

const admin = { format: 'neo4j-admin' } as const;
const typed = { format: 'dynamodb' } as const;
const id = z.object({ id: z.string() });

const CASES: Readonly<Record<string, Case>> = {
  'a property’s name': { content: `{"id":"a","${LONG}":1}\n` },
  'a property’s name that is none': { content: `{"id":"a","${LONG}-":1}\n` },
  'a key': { content: `{"id":"${LONG}"}\n` },
  'an unknown column': { content: `{"id":"a","${LONG}":1}\n`, options: { record: id } },
  'a refused column': { content: `{"id":"a","${LONG}":1}\n`, options: { record: id, unknownColumns: 'reject' } },
  'names that a strict schema has not': { content: `{"id":"a","${LONG}":1}\n`, options: { record: id.strict() } },
  'a value that is no number': { content: `{"id":"${LONG}"}\n`, options: { record: z.object({ id: z.number() }) } },
  'a value of a schema’s own words': {
    content: `{"id":"${LONG}"}\n`,
    options: { record: z.object({ id: z.string().refine(() => false, { error: ({ input }) => String(input) }) }) },
  },
  'a line that is no JSON': { content: `{"id":${LONG}}\n` },
  'a key twice': { content: `{"${LONG}":1,"${LONG}":2}\n` },
  'a name in a header': { key: 'a.csv', content: `id,${LONG}\na,NULL\n` },
  'names in a header': { key: 'a.csv', content: `id,${LONG},${LONG}\na,1,2\n` },
  'a header of one column': { key: 'a.csv', content: `${LONG};y\n1;2\n` },
  'a typed cell': { key: 'a', content: `:ID,n:long\na,${LONG}\n`, options: admin },
  'a typed header': { key: 'a', content: `:ID,n:${LONG}\na,1\n`, options: admin },
  'a label': { key: 'a', content: `:ID,:LABEL\na,${LONG}\n`, options: admin },
  'a path in a typed item': { content: `{"Item":{"${LONG}":{"M":{"${LONG}":{"X":1}}}}}\n`, options: typed },
  'a value beside a partition': { key: 'id=b/a.ndjson', content: `{"id":"${LONG}"}\n`, options: { partitions: true } },
  'extended JSON': { content: `{"id":{"$${LONG}":1}}\n`, options: { extendedJson: true } },
  'an error of a function': { content: `{"id":"a","fail":"${LONG}"}\n` },
  'two edges of one pair': { content: `{"id":"${LONG}","twice":true}\n` },
};

async function toldOf({ key = 'a.ndjson', content, options = {} }: Case): Promise<{ text: string; rejected: boolean }> {
  const { definition, sources } = flow(new ContextKey('told'), graph => {
    const person = graph.nodeTable<{ id: string }>('Person');
    const knows = graph.relationTable('KNOWS', person, person);
    if ((options as { format?: string }).format === admin.format)
      return graph.source('**', { ...options, tables: [person] } as never);
    graph.source('**', { ...options } as never, record => {
      const given = record as { id: string; fail?: string; twice?: boolean; properties?: object };
      if (given.fail !== undefined) throw new Error(given.fail);
      if (given.twice === true)
        return [1, 2].map(since => knows.declareRelation({ fromId: 'a', toId: 'b', record: { since } as never }));
      return person.declareRecord({ ...(given.properties ?? given), id: given.id });
    });
  });
  const tables = new Map(definition.tables.map(table => [tableId(table), table]));
  const [source] = sources;
  const object = {
    bucket: 'b',
    key,
    size: content.length,
    contentType: '',
    contentEncoding: '',
    body: chunked(content),
  };
  try {
    const { notes, skipped } = await declareRows(object, source as never, tables);
    return { text: JSON.stringify({ notes, skipped }), rejected: false };
  } catch (error) {
    if (!(error instanceof RejectedObjectError)) throw error;
    const { message, problems, lines, counts, location } = error;
    return { text: JSON.stringify({ message, problems, lines, counts, location }), rejected: true };
  }
}

describe('what is told of a file is short, however long its', () => {
  test.each(Object.entries(CASES))('%s', async (_, it) => {
    const { text } = await toldOf(it);
    expect(Buffer.byteLength(text)).toBeLessThan(MOST);
  });
});

test('and of twenty problems with long names and values, all are told', async () => {
  const content = Array.from({ length: 30 }, (_, n) => `{"id":"${n}","${'\u0001'.repeat(900)}":"${n}"}\n`).join('');
  const { text, rejected } = await toldOf({ content: content.replaceAll('\u0001', '\\u0001') });
  expect(rejected).toBe(true);
  expect(JSON.parse(text).problems).toHaveLength(20);
  expect(Buffer.byteLength(text)).toBeLessThan(MOST);
});

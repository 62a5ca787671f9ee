/** Threat: a file with names of properties without end holds up all writes of a database, which keeps each of them for ever. */
import { expect, it } from 'vitest';
import { declareRows } from '../../lib/bucket/declare-rows.ts';
import { tableId } from '../../lib/definition/definition.ts';
import { ContextKey, flow, TableSchema } from '../../lib/index.ts';

const record = (from: number, count: number) => ({
  id: from,
  ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${from + index}`, 1])),
});

async function declared(records: readonly object[], options: { maxProperties?: number; onInvalid?: 'skip' } = {}) {
  const { maxProperties, onInvalid } = options;
  const { definition, sources } = flow(new ContextKey('k'), graph => {
    const table = graph.nodeTable('Loose', maxProperties === undefined ? {} : { maxProperties });
    graph.source('*.ndjson', onInvalid === undefined ? {} : { onInvalid }, row => table.declareRecord(row));
  });
  const [source] = sources;
  if (source === undefined) throw new Error('no source');
  const bytes = Buffer.from(records.map(row => `${JSON.stringify(row)}\n`).join(''));
  const object = { bucket: 'b', key: 'a.ndjson', size: bytes.length, contentType: '', contentEncoding: '' };
  const body = (async function* () {
    yield bytes;
  })();
  const tables = new Map(definition.tables.map(table => [tableId(table), table]));
  return await declareRows({ ...object, body }, source, tables);
}

it('a row may have 500 properties, or as many as its table says, and the message says the number', async () => {
  expect((await declared([record(0, 499)])).rows.size).toBe(1);
  await expect(declared([record(0, 500)])).rejects.toMatchObject({
    problems: [
      {
        line: 1,
        field: 'Loose.*',
        problem: 'got 501 properties, expected at most 500: give the table a schema, or say maxProperties',
      },
    ],
  });
  expect((await declared([record(0, 600)], { maxProperties: 601 })).rows.size).toBe(1);
  await expect(declared([record(0, 3)], { maxProperties: 3 })).rejects.toThrow('at most 3');
});

it('a file may bring as many names, over all its rows; with onInvalid skip the rows beyond are left out', async () => {
  const rows = [record(0, 300), record(300, 199), record(100, 50), record(700, 1), { id: 9 }];
  await expect(declared(rows)).rejects.toMatchObject({
    problems: [{ line: 4, field: 'Loose.p700', problem: expect.stringContaining('more than 500 names of properties') }],
  });
  const { rows: kept, skipped } = await declared(rows, { onInvalid: 'skip' });
  expect([kept.size, skipped.map(({ line }) => line)]).toEqual([4, [4]]);
});

it('a table with a schema has the columns that it says, however many', async () => {
  const columns = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`c${index}`, { type: 'STRING' }]));
  flow(new ContextKey('k'), graph => {
    const wide = graph.nodeTable('Wide', {
      schema: TableSchema.of<{ id: string }>({ ...columns, id: { type: 'STRING' } }),
    });
    expect(Object.keys(wide.declareRecord({ id: 'a' }).values)).toHaveLength(601);
  });
});

it.each(['__isInteger__', '__isDate__', '__isNode__', '__isUUID__'])(
  'a property named %s is refused with its line, for the driver would take the row for a value of its own',
  async name => {
    await expect(declared([{ id: 1 }, { id: 2, [name]: true, low: 1, high: 0 }])).rejects.toMatchObject({
      problems: [{ line: 2, field: `Loose.${name}`, problem: expect.stringContaining('is not usable') }],
    });
  },
);

/** Promise: any table of any types, written by each writer and read back, gives the same rows by every format that can carry it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NodeTable } from '../../lib/definition/node-table.ts';
import { TableSchema } from '../../lib/definition/table-schema.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { columnType, valueText } from '../../lib/values/column-types.ts';
import type { Value } from '../../lib/values/value.ts';
import { anyCuts, chunked } from './chunked.ts';
import { type Cell, type Table, type Type, WRITERS, type Writer } from './table-writers.ts';

const padded = (number: number, digits = 2) => String(number).padStart(digits, '0');
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const float = fc.double({ noNaN: false });
/** DynamoDB has one zero. */
const finiteFloat = fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0);
const instant = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const clock = fc
  .tuple(fc.nat(23), fc.nat(59), fc.nat(59), fc.nat(999_999_999))
  .map(([hour, minute, second, nano]) => `${padded(hour)}:${padded(minute)}:${padded(second)}.${padded(nano, 9)}`);
const word = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '"', ',', '\n', '𝄞'), minLength: 1, maxLength: 4 });

/** An empty text is no cell of CSV, blanks at the ends of lists' elements are dropped by none. */
const CELLS: Readonly<Record<Type, fc.Arbitrary<Cell>>> = {
  STRING: fc.oneof(
    word,
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).map(text => text.toWellFormed()),
  ),
  BOOLEAN: fc.boolean(),
  INTEGER: int64,
  FLOAT: float,
  BYTES: fc.uint8Array({ minLength: 1, maxLength: 5 }).map(bytes => new Uint8Array(bytes)),
  DATE: instant.map(date => date.toISOString().slice(0, 10)),
  'LOCAL TIME': clock,
  'LOCAL DATETIME': fc.tuple(instant, clock).map(([day, time]) => `${day.toISOString().slice(0, 10)}T${time}`),
  'ZONED DATETIME': instant.map(date => date.toISOString()),
  DURATION: fc
    .tuple(fc.nat(99), fc.nat(999), fc.nat(9999))
    .map(([months, days, seconds]) => `P${months}M${days}DT${seconds}.5S`),
  POINT: fc.record({
    srid: fc.constant(7203),
    x: fc.integer(),
    // Not -0: as JSON.stringify writes it, it is 0.
    y: fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
  }),
  'LIST<INTEGER>': fc.array(int64, { minLength: 1, maxLength: 3 }),
  'LIST<STRING>': fc.array(word, { minLength: 1, maxLength: 3 }),
  'LIST<FLOAT>': fc.array(float, { minLength: 1, maxLength: 3 }),
};

/** Tables of columns that a format can carry. */
function tables(types: readonly Type[], { finite }: Writer): fc.Arbitrary<Table> {
  const cells = finite
    ? { ...CELLS, FLOAT: finiteFloat, 'LIST<FLOAT>': fc.array(finiteFloat, { minLength: 1 }) }
    : CELLS;
  return fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 5 }).chain(chosen => {
    const columns = chosen.map((type, index) => ({ name: `c${index}`, type }));
    const row = fc.tuple(...chosen.map(type => fc.option(cells[type], { freq: 4 })));
    return fc.array(row, { maxLength: 5 }).map(rows => ({ columns, rows }));
  });
}

async function rowsOf({ key, options, write, row }: Writer, table: Table, cuts: readonly number[]): Promise<object[]> {
  const rows: object[] = [];
  for await (const batch of readRecords({ key, body: chunked(write(table), cuts) }, options))
    for (const { value } of batch) rows.push(row?.(value) ?? (value as object));
  return rows;
}

/** What is stored, as canonical texts. */
function stored(columns: Table['columns'] | null, rows: readonly object[]) {
  const types = columns?.map(({ name, type }) => [name, { type }] as const);
  const schema = types && TableSchema.of({ id: { type: 'INTEGER', nullable: false }, ...Object.fromEntries(types) });
  const table = new NodeTable('T', schema ? { schema } : {});
  return rows.map(row => {
    const values = Object.entries(table.declareRecord(row as never).values);
    return Object.fromEntries(values.flatMap(([name, value]) => (value === null ? [] : [[name, valueText(value)]])));
  });
}

function meant({ columns, rows }: Table) {
  return rows.map((row, index) => {
    const texts = columns.flatMap(({ name, type }, place) => {
      const cell = row[place] ?? null;
      return cell === null ? [] : [[name, valueText(columnType(type).encode(cell) as Value)]];
    });
    return { id: `i${index}`, ...Object.fromEntries(texts) };
  });
}

describe.each(Object.entries(WRITERS))('%s', (_, writer) => {
  const carried = (Object.keys(CELLS) as Type[]).filter(type => !writer.lacks.includes(type));

  test('by the table’s schema', async () => {
    await fc.assert(
      fc.asyncProperty(tables(carried, writer), anyCuts, async (table, cuts) => {
        expect(stored(table.columns, await rowsOf(writer, table, cuts))).toEqual(meant(table));
      }),
      { numRuns: 60 },
    );
  });
});

const TYPED = Object.entries(WRITERS).filter(([, { typed }]) => typed);

describe.each(TYPED)('%s', (_, writer) => {
  test('without a schema, by the file’s own types', async () => {
    await fc.assert(
      fc.asyncProperty(tables(writer.typed ?? [], writer), anyCuts, async (table, cuts) => {
        expect(stored(null, await rowsOf(writer, table, cuts))).toEqual(meant(table));
      }),
      { numRuns: 60 },
    );
  });
});

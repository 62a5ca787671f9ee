/** Promise: of one row declared several times in a file the highest version holds, of equal ones the last, and what lost is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CollectedRows } from '../../lib/bucket/collected-rows.ts';
import { ContradictionError, Duplicates } from '../../lib/bucket/duplicates.ts';
import { tableId } from '../../lib/definition/definition.ts';
import { Notes } from '../../lib/files/notes.ts';
import { ContextKey, flow, type Graph, type RelationTable, RowError } from '../../lib/index.ts';

function tablesOf<T>(define: (graph: Graph) => T) {
  let made: T | undefined;
  const { tables } = flow(new ContextKey('rows'), graph => {
    made = define(graph);
  }).definition;
  return { made: made as T, tables: new Map(tables.map(table => [tableId(table), table])) };
}

async function valuesOf(collected: CollectedRows) {
  const { rows, spooled } = collected.finish();
  const parts = await Promise.all([...(spooled?.parts.keys() ?? [])].map(part => spooled?.read(part)));
  const values = [rows, ...parts].flatMap(some => [...(some?.values() ?? [])].map(one => one.values));
  collected.close();
  return values;
}

describe('within one file', () => {
  const { made: person, tables } = tablesOf(graph =>
    graph.nodeTable<{ id: number; ts: number | null; n: number }>('Person', { versionBy: 'ts' }),
  );

  it.each([100, 1])('the highest version holds, of equal ones the last, with %s rows in memory', async most => {
    const record = fc.record({ id: fc.integer({ min: 0, max: 2 }), ts: fc.option(fc.integer({ min: 0, max: 3 })) });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 20 }), async records => {
        const rows = new CollectedRows(most, new Duplicates(tables, new Notes()));
        for (const [n, each] of records.entries()) rows.add([person.declareRecord({ ...each, n })], n + 1);
        const held = (await valuesOf(rows)).map(({ n }) => Number(n)).sort();
        const naive = [0, 1, 2].flatMap(id => {
          const own = records.flatMap((each, n) => (each.id === id ? [{ ...each, n }] : []));
          const most = Math.max(...own.map(({ ts }) => ts ?? -1));
          return own.filter(({ ts }) => (ts ?? -1) === most).at(-1)?.n ?? [];
        });
        expect(held).toEqual(naive.sort());
        if (most === 100) expect(rows.replaced).toBe(records.length - held.length);
      }),
    );
  });

  it('what lost is told with both lines', () => {
    const notes = new Notes();
    const rows = new CollectedRows(100, new Duplicates(tables, notes));
    for (const [line, ts] of [2, 1, 2].entries()) rows.add([person.declareRecord({ id: 1, ts, n: line })], line + 2);
    expect(notes.list).toEqual([
      {
        kind: 'duplicate',
        count: 2,
        first: [
          { line: 3, field: 'Person', problem: '1 has other values in line 2, which has a higher version' },
          { line: 2, field: 'Person', problem: '1 has other values in line 4, which is after it' },
        ],
      },
    ]);
  });
});

describe('two values of one edge without a key', () => {
  const define = (options: object) =>
    tablesOf(graph => {
      const account = graph.nodeTable('Account');
      return graph.relationTable('PAID', account, account, options as never) as RelationTable;
    });
  const pay = (paid: RelationTable, amount: number, more: object = {}) =>
    paid.declareRelation({ fromId: 'A', toId: 'B', record: { amount, ...more } });

  it('are a fault that names both lines, of one record as of two', () => {
    const { made, tables } = define({});
    const rows = new CollectedRows(100, new Duplicates(tables, new Notes()));
    rows.add([pay(made, 10)], 2);
    rows.add([pay(made, 10)], 3);
    expect(() => rows.add([pay(made, 20)], 4)).toThrow(/PAID\.\*: \(A\)->\(B\) is declared .* in lines 3 and 4: /);
    expect(() => rows.add([pay(made, 10), pay(made, 20)], 5)).toThrow(RowError);
    // Records of one line, as JSON has them, are two records all the same.
    expect(() => rows.add([pay(made, 20)], 3)).toThrow(ContradictionError);
    expect([...rows.rows.values()].map(({ values }) => values.amount)).toEqual([10n]);
  });

  it('are a fault where the rows are spooled, when collecting ends', () => {
    const { made, tables } = define({});
    const rows = new CollectedRows(1, new Duplicates(tables, new Notes()));
    for (const [line, to] of ['B', 'C', 'D', 'B'].entries())
      rows.add([made.declareRelation({ fromId: 'A', toId: to, record: { amount: line } })], line + 1);
    expect(() => rows.finish()).toThrow(/\(A\)->\(B\) is declared with other values in lines 1 and 4/);
    rows.close();
    const line = new CollectedRows(1, new Duplicates(tables, new Notes()));
    for (const to of ['B', 'C', 'D'])
      line.add([made.declareRelation({ fromId: 'A', toId: to, record: { amount: 1 } })], 1);
    line.add([pay(made, 2)], 1);
    expect(() => line.finish()).toThrow(ContradictionError);
    line.close();
  });

  it('lead to the same verdict in memory as spooled, whatever records of the file contradict themselves or each other', async () => {
    const { made, tables } = define({ versionBy: 'ts' });
    /** What is taken of records; null: the file is rejected. */
    const outcome = async (
      most: number,
      records: readonly (readonly { to: number; ts: number; amount: number }[])[],
    ) => {
      const rows = new CollectedRows(most, new Duplicates(tables, new Notes()));
      const skipped: number[] = [];
      try {
        for (const [line, record] of records.entries()) {
          try {
            const row = ({ to, ...values }: (typeof record)[number]) => ({
              fromId: 'A',
              toId: `${to}`,
              record: values,
            });
            rows.add(
              record.map(one => made.declareRelation(row(one))),
              line,
            );
          } catch (error) {
            if (error instanceof ContradictionError || !(error instanceof RowError)) throw error;
            skipped.push(line);
          }
        }
        const texts = (await valuesOf(rows)).map(({ id, ts, amount }) => `${id} ${ts} ${amount}`);
        return { skipped, texts: texts.sort() };
      } catch (error) {
        rows.close();
        if (error instanceof ContradictionError) return null;
        throw error;
      }
    };
    const small = (max: number) => fc.integer({ min: 0, max });
    const record = fc.array(fc.record({ to: small(3), ts: small(2), amount: small(1) }), {
      minLength: 1,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 6 }), async records => {
        expect(await outcome(1, records)).toEqual(await outcome(100, records));
      }),
      { numRuns: 500 },
    );
  });

  it('are none where a version decides, the edges have keys, or the table says so', () => {
    for (const [options, first, second, held] of [
      [{ versionBy: 'ts' }, { ts: 2 }, { ts: 1 }, [10n]],
      [{}, { id: 'x' }, { id: 'y' }, [10n, 20n]],
      [{ onDuplicate: 'last' }, {}, {}, [20n]],
    ] as const) {
      const { made, tables } = define(options);
      const rows = new CollectedRows(100, new Duplicates(tables, new Notes()));
      rows.add([pay(made, 10, first)], 1);
      rows.add([pay(made, 20, second)], 2);
      expect([...rows.rows.values()].map(({ values }) => values.amount)).toEqual(held);
    }
  });

  it('are a fault of nodes and of edges with keys where the table says so', () => {
    const { made, tables } = tablesOf(graph => graph.nodeTable('Person', { onDuplicate: 'reject' }));
    const rows = new CollectedRows(100, new Duplicates(tables, new Notes()));
    rows.add([made.declareRecord({ id: 1, n: 1 })], 1);
    expect(() => rows.add([made.declareRecord({ id: 1, n: 2 })], 2)).toThrow(/Person\.\*: 1 is declared/);
  });
});

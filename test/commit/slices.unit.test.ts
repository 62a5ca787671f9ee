/** Promise: what applying an object took away and brought is summed up over all of its transactions. */
import { expect, it } from 'vitest';
import { Slices } from '../../lib/commit/slices.ts';
import { settled } from '../../lib/definition/applied-table.ts';
import { tableId } from '../../lib/definition/definition.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import type { ObjectEdit } from '../../lib/reconcile/object-diff.ts';
import { keyText } from '../../lib/values/value.ts';

const { tables: all } = flow(new ContextKey('k'), graph => {
  const person = graph.nodeTable('Person');
  graph.relationTable('KNOWS', person, graph.nodeTable('Company'));
}).definition;
const tables = new Map(all.map(table => [tableId(table), settled(table)]));
const [person = '', company = '', knows = ''] = tables.keys();

type Rows = ObjectEdit['rows'];
type Change = Rows extends ReadonlyMap<string, infer One> ? One : never;

function edit(key: string, changes: readonly object[]): Pick<ObjectEdit, 'key' | 'rows'> {
  return { key, rows: new Map(changes.map((change, n) => [String(n), change as Change])) };
}

const edge = (from: string, to: string) => ({ table: knows, after: { ends: { from, to } } });
const removed = { table: person, after: undefined };

function stubs(of: Record<string, readonly string[]>): Slices['stubs'] {
  return new Map(
    Object.entries(of).map(([table, names]) => [table, new Map(names.map(name => [keyText(name), name]))]),
  );
}

it('rows that go are counted, of each object its own', () => {
  const slices = new Slices();
  expect(slices.add(edit('a', [removed, { table: person, after: {} }]), tables)).toEqual({
    removed: 1,
    ends: undefined,
  });
  slices.add(edit('b', [removed]), tables);
  expect(slices.add(edit('a', [removed, removed]), tables).removed).toBe(3);
});

it('ends are told that an object’s edges made stubs of, and no others', () => {
  const slices = new Slices();
  slices.stubs = stubs({ [person]: ['ann', 'bob'], [company]: ['acme'] });
  expect(slices.add(edit('a', [edge('ann', 'acme'), edge('ann', 'other'), edge('eve', 'x')]), tables).ends).toEqual({
    count: 2,
    first: ['Company acme', 'Person ann'],
  });
  expect(slices.add(edit('b', [edge('bob', 'y')]), tables).ends).toEqual({ count: 1, first: ['Person bob'] });
  // The next transaction of the first.
  slices.stubs = stubs({ [company]: ['z'] });
  expect(slices.add(edit('a', [edge('ann', 'z')]), tables).ends).toEqual({
    count: 3,
    first: ['Company acme', 'Person ann', 'Company z'],
  });
});

it('twenty are named, and all are counted', () => {
  const slices = new Slices();
  const names = Array.from({ length: 30 }, (_, n) => `p${n}`);
  slices.stubs = stubs({ [person]: names });
  const { ends } = slices.add(
    edit(
      'a',
      names.map(name => edge(name, 'c')),
    ),
    tables,
  );
  expect([ends?.count, ends?.first.length]).toEqual([30, 20]);
});

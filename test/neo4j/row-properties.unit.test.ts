/** Promise: rows are grouped by which of their properties need a conversion, and each value is sent once. */
import neo4j from 'neo4j-driver';
import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { byConversions, sendProperties, setConverted } from '../../lib/neo4j/statements/row-properties.ts';
import { SentRows } from '../../lib/neo4j/statements/sent-rows.ts';
import type { Value } from '../../lib/values/value.ts';

const day = new neo4j.types.Date(2024, 2, 29);
const vector = new Float32Array([1]);

const declared = (...rows: readonly Readonly<Record<string, Value | null>>[]) =>
  rows.map((values, id) => ({ key: BigInt(id), values }) as unknown as Declaration);

describe('rows whose values plain JSON hasn’t', () => {
  it('are one statement’s if what some lack, or have without need of conversion, stays what it is', () => {
    const rows = declared(
      { a: day, b: [day], c: Number.NaN },
      { a: null, b: [], c: 5 },
      { d: 1n },
      { c: -0, b: [day] },
    );
    const [group, ...others] = byConversions(rows, 'json');
    expect(others).toEqual([]);
    const fields = group?.fields ?? [];
    const sent = new SentRows('node');
    expect(sendProperties(sent, { primaryKey: 'id', columns: null }, fields)).toBe('r[1]');
    expect(setConverted(sent, 'Node', 'n', fields)).toBe(
      ' SET n.`a` = date(r[2]), n.`b` = [x IN r[3] | date(x)], n.`c` = toFloat(r[4])',
    );
    expect(sent.of(rows)).toEqual([
      [0n, {}, '2024-02-29', ['2024-02-29'], 'NaN'],
      [1n, {}, null, [], 5],
      [2n, { d: 1n }, null, null, null],
      [3n, {}, null, ['2024-02-29'], -0],
    ]);
  });

  it('are sent without names where the table has columns, the key once, and null for what a row lacks', () => {
    const rows = declared({ id: 0n, a: day, b: 'x' }, { id: 1n, a: null, b: null });
    const fields = byConversions(rows, 'json')[0]?.fields ?? [];
    const sent = new SentRows('edge');
    const table = { primaryKey: 'id', columns: ['a', 'b', 'gone', 'id'] };
    expect(sendProperties(sent, table, fields)).toBe('{`id`: r[0], `b`: r[3], `gone`: r[4]}');
    expect(setConverted(sent, 'Relationship', 'e', fields)).toBe(' SET e.`a` = date(r[5])');
    expect(sent.of(rows)).toEqual([
      [0n, undefined, undefined, 'x', null, '2024-02-29'],
      [1n, undefined, undefined, null, null, null],
    ]);
  });

  it('are different statements’ if one has something else, or the procedure for vectors would get none', () => {
    const rows = declared({ a: day }, { a: 'x' }, { a: 5n, v: vector }, { a: [day] }, { a: day, v: vector });
    expect(byConversions(rows, 'json').map(({ members }) => members.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('are one statement’s where the connection takes them', () => {
    expect(byConversions(declared({ a: day }, { a: 'x' }, { a: [day] }), 'typed')).toHaveLength(1);
  });
});

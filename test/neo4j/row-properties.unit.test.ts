/** Promise: rows are grouped by which of their properties need a conversion, and each is sent once. */
import neo4j from 'neo4j-driver';
import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { byConversions, rowProperties, setConverted } from '../../lib/neo4j/statements/row-properties.ts';
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
    expect(setConverted('Node', 'n', group?.fields ?? [])).toBe(
      ' SET n.`a` = date(r.c[0]), n.`b` = [x IN r.c[1] | date(x)], n.`c` = toFloat(r.c[2])',
    );
    expect(rows.map(({ values }) => rowProperties(null, values, group?.fields ?? []))).toEqual([
      { p: {}, c: ['2024-02-29', ['2024-02-29'], 'NaN'] },
      { p: {}, c: [null, [], 5] },
      { p: { d: 1n }, c: [null, null, null] },
      { p: {}, c: [null, ['2024-02-29'], -0] },
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

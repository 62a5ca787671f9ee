/** Promise: a batch by HTTP checks the fence and every count inside its one transaction. */
import { describe, expect, it } from 'vitest';
import type { Statement } from '../../lib/neo4j/statements/statement.ts';
import { asOneQuery, batchParts, checkedText } from '../../lib/neo4j/transport/batch-parts.ts';

const fence = { scope: 's', epoch: 1, root: 'r', definition: 'd', next: 'x' };
const statement = (result: Statement['result'], rows: readonly unknown[]): Statement => ({
  text: `UNWIND $rows AS r MERGE (n:\`${result}\`) RETURN count(*) AS n`,
  rows,
  result,
  counts: 'none',
  table: 't',
});

describe('a batch', () => {
  const made = statement('made', [3n]);
  const parts = batchParts(
    fence,
    [statement('rows', [1n]), statement('changed', [2n]), made],
    false,
    new Map([[made, [9n]]]),
  );

  it('checks the fence first, then what each statement found', () => {
    expect(parts.map(({ check }) => check)).toEqual([
      'n = 1',
      'n = size($rows)',
      undefined,
      'all(k IN n WHERE k IN $absent)',
    ]);
  });

  it('as statements has the checks in their last line', () => {
    expect(parts.slice(1).map(checkedText)).toEqual([
      'UNWIND $rows AS r MERGE (n:`rows`) WITH count(*) AS n RETURN CASE WHEN n = size($rows) THEN n ELSE 1 / 0 END AS n',
      'UNWIND $rows AS r MERGE (n:`changed`) RETURN count(*) AS n',
      'UNWIND $rows AS r MERGE (n:`made`) WITH count(*) AS n RETURN CASE WHEN all(k IN n WHERE k IN $absent) THEN n ELSE 1 / 0 END AS n',
    ]);
  });

  it('as one query gives each statement parameters of its own', () => {
    const { text, parameters } = asOneQuery(parts);
    expect(parameters).toMatchObject({ scope0: 's', epoch0: 1n, rows1: [1n], rows2: [2n], rows3: [3n], absent3: [9n] });
    for (const [name] of text.matchAll(/\$\w+/g)) expect(parameters).toHaveProperty(name.slice(1));
    expect(text).toMatch(/^CALL \(\) \{[^{]*\{scope: \$scope0\}[^}]*\} WITH n WHERE n = 1 WITH \[n\] AS answers\n/);
  });

  it('that is tolerant checks no counts', () => {
    const checks = batchParts(fence, [statement('rows', [1n])], true, new Map()).map(({ check }) => check);
    expect(checks).toEqual(['n = 1', undefined]);
  });
});

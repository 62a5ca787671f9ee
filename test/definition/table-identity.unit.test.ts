/** Threat: two tables with odd names are taken for one. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { patternOfId, tableId, tablePattern } from '../../lib/definition/definition.ts';
import { identifier } from '../../lib/values/identifier.ts';

const name = fc
  .array(fc.constantFrom('a', ':', '.', ' ', '%', ';', '2', '-', '_', ')', '(', '[', ']', '>', 'é', "'"), {
    minLength: 1,
    maxLength: 5,
  })
  .map(signs => signs.join(''))
  .filter(text => text.trim() === text && identifier(text, 'it') === text);

const end = fc.record({ label: name, primaryKey: name, managedBy: fc.constant('system' as const) });

it('each has an identity of its own, without a blank', () => {
  const table = fc.oneof(
    end.map(node => ({ kind: 'node' as const, ...node })),
    fc.record({ kind: fc.constant('relation' as const), type: name, primaryKey: name, from: end, to: end }),
  );
  fc.assert(
    fc.property(table, table, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(tableId(one) === tableId(other)).toBe(same);
      expect(tableId(one)).not.toContain(' ');
      expect(patternOfId(tableId(one))).toBe(tablePattern(one));
    }),
    { numRuns: 2_000 },
  );
});

it('those of plain names are as they were', () => {
  const [from, to] = [
    { label: 'Person', primaryKey: 'id', managedBy: 'system' },
    { label: 'Company_2', primaryKey: 'vat', managedBy: 'system' },
  ] as const;
  expect(tableId({ kind: 'node', ...from })).toBe('n:Person:id');
  expect(tableId({ kind: 'relation', type: 'AT', primaryKey: 'id', from, to })).toBe('r:AT:Person.id:Company_2.vat:id');
  expect(tablePattern({ kind: 'relation', type: 'is a', primaryKey: 'id', from, to })).toBe(
    '(:Person)-[:`is a`]->(:Company_2)',
  );
});

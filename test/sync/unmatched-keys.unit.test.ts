/** Promise: objects that no source matches are told by the pattern of their keys, those that are ignored on purpose are not. */
import { expect, it } from 'vitest';
import type { Scope } from '../../lib/scope.ts';
import { unmatchedOf, withUnmatched } from '../../lib/sync/unmatched-keys.ts';

it('counts them by what their keys have in common', () => {
  const first = withUnmatched(undefined, ['in/2026-11-01/part-1.csv', 'in/2026-11-02/part-22.csv', 'in/a.ndjson.gz']);
  expect(withUnmatched(first, ['in/2026-12-03/part-3.csv'])).toEqual({
    count: 4,
    patterns: [
      { pattern: 'in/#-#-#/part-#.csv', count: 3, example: 'in/2026-11-01/part-1.csv' },
      { pattern: 'in/a.ndjson.gz', count: 1, example: 'in/a.ndjson.gz' },
    ],
  });
  expect(withUnmatched(undefined, [])).toBeUndefined();
});

it('names 20 patterns, and counts all', () => {
  const keys = Array.from({ length: 30 }, (_, n) => `${String.fromCharCode(97 + n)}.csv`);
  const { count, patterns = [] } = withUnmatched(undefined, keys) ?? {};
  expect([count, patterns.length]).toEqual([30, 20]);
});

it('leaves out keys that are ignored on purpose', () => {
  const scope = { sourceOf: (key: string) => (key.endsWith('.csv') ? {} : undefined) } as Pick<Scope, 'sourceOf'>;
  expect(unmatchedOf(scope, ['a.csv', 'b.cvs', '_SUCCESS', 't/', '.x/a.cvs'])).toEqual(['b.cvs']);
});

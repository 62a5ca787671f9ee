/** Promise: which file wins a row follows from the files, in whatever order they were looked at. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contestOf } from '../../lib/reconcile/contest.ts';
import { type Candidate, winnerOf } from '../../lib/reconcile/winner.ts';
import { compareVersions, versionText } from '../../lib/values/version.ts';

const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  // Integers that a JavaScript number can't tell apart.
  fc.bigInt({ min: -(2n ** 53n) - 5n, max: -(2n ** 53n) + 1n }),
  fc.constantFrom(2 ** 53, -(2 ** 53), 1e21, -0, Number.POSITIVE_INFINITY),
);
const version = fc
  .oneof(number, fc.date({ noInvalidDate: true }), fc.string({ maxLength: 3, unit: 'binary' }), fc.constant(null))
  .map(versionText);

describe('versions', () => {
  it('are in one total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        expect(compareVersions(a, b) === 0).toBe(a === b);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('that are numbers are in the order of numbers, to the last digit', () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        if (a < b) expect(compareVersions(versionText(a), versionText(b))).toBeLessThan(0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('go up from none over numbers and dates to strings', () => {
    const texts = [null, 99, new Date(0), '0'].map(versionText);
    expect([...texts].reverse().sort(compareVersions)).toEqual(texts);
  });

  it('that are strings are in the order of code points, not of UTF-16 units', () => {
    expect(compareVersions(versionText('\u{1F600}'), versionText('\uFF5E'))).toBeGreaterThan(0);
  });
});

/** A few owners: their ids sort the other way round than their keys, so that the one is never taken for the other. */
const owner = fc.record({ n: fc.integer({ min: 0, max: 7 }), version: fc.constantFrom('', 'n1', 'n2') });
const candidate = ({ n, version }: { n: number; version: string }): Candidate => ({
  id: `id${9 - n}`,
  version,
  key: `key${n}`,
});
const owners = fc.uniqueArray(owner, { selector: ({ n }) => n }).map(list => list.map(candidate));

describe('the winner of a row', () => {
  it('is the same in whatever order its owners are looked at', () => {
    fc.assert(
      fc.property(owners, list => {
        const sorted = [...list].sort((a, b) => compareVersions(b.version, a.version) || (a.key < b.key ? 1 : -1));
        expect(winnerOf(list)).toBe(sorted[0]);
      }),
    );
  });

  it('is found among those that the contest names', () => {
    fc.assert(
      fc.property(owners, owners, fc.infiniteStream(fc.boolean()), (before, touched, leaves) => {
        const all = new Map(before.map(one => [one.id, one]));
        const keys = new Map([...before, ...touched].map(({ id, key }) => [id, key]));
        const changes = new Map<string, { readonly after: Candidate | undefined }>();
        for (const one of touched) {
          const goes = all.has(one.id) && leaves.next().value === true;
          changes.set(one.id, { after: goes ? undefined : one });
        }
        for (const one of touched) changes.get(one.id)?.after === undefined ? all.delete(one.id) : all.set(one.id, one);
        const contest = contestOf(winnerOf(before), all.size, changes);
        const named = contest.kind === 'few' ? contest.owners : contest.kind === 'all' ? [...all.values()] : [];
        const found = winnerOf(named.map(({ id, version: v }) => ({ id, version: v, key: keys.get(id) ?? '' })));
        expect(found?.id).toBe(winnerOf([...all.values()])?.id);
      }),
      { numRuns: 5_000 },
    );
  });

  it('needs no look at the others while the present one stays', () => {
    fc.assert(
      fc.property(owners, owners, (before, touched) => {
        const present = winnerOf(before);
        const joined = touched.filter(({ id }) => id !== present?.id);
        const changes = new Map(joined.map(after => [after.id, { after }]));
        const contest = contestOf(present, before.length + joined.length, changes);
        expect(contest.kind).not.toBe('all');
      }),
    );
  });
});

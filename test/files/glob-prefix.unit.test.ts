/** Promise: what a listing leaves out by its prefix no source matches. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchGlob } from '../../lib/files/keys/glob.ts';
import { literalPrefix, prefixesOf } from '../../lib/files/keys/glob-prefix.ts';

it.each([
  ['people/*.ndjson', 'people/'],
  ['a/b/c.csv', 'a/b/c.csv'],
  ['**/*.json', ''],
  ['data/{a,b}/*', 'data/'],
  ['da?a/x', 'da'],
  ['data/v+(1|2).csv', 'data/v'],
  ['data/@(a|b)', 'data/'],
  ['a\\*b/*', 'a'],
  ['é/[ab]*', 'é/'],
  ['x.!(b)***', 'x'],
])('of %s is %s', (glob, prefix) => {
  expect(literalPrefix(glob)).toBe(prefix);
});

it('each part of the bucket is listed once', () => {
  expect(prefixesOf(['b/*.csv', 'a/**', 'a/b/*.json', 'b/*.json'])).toEqual(['a/', 'b/']);
  expect(prefixesOf(['b/*.csv', '**/x'])).toEqual(['']);
});

const PARTS = [
  'a',
  'b',
  '/',
  '.',
  '-',
  '*',
  '**',
  '?',
  '{a,b}',
  '[ab]',
  '@(a|b)',
  '+(a)',
  '!(b)',
  '\\*',
  'é',
  ' ',
  ',',
];

it('begins every key that the glob matches', () => {
  const glob = fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 6 }).map(parts => parts.join(''));
  const key = fc
    .array(fc.constantFrom('a', 'b', '/', '.', '-', '*', 'é', ' ', ','), { maxLength: 8 })
    .map(c => c.join(''));
  let matched = 0;
  fc.assert(
    fc.property(glob, fc.array(key, { maxLength: 30 }), (text, keys) => {
      let matches: (key: string) => boolean;
      try {
        matches = matchGlob(text);
      } catch {
        return;
      }
      for (const one of [...keys, text]) {
        if (!matches(one)) continue;
        matched += 1;
        expect(one.startsWith(literalPrefix(text))).toBe(true);
      }
    }),
    { numRuns: 3_000 },
  );
  expect(matched).toBeGreaterThan(300);
});

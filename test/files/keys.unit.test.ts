/** Promise: globs and ignored names decide by an object's key alone, and each key has one answer. */
import fc from 'fast-check';
import picomatch from 'picomatch';
import { describe, expect, test } from 'vitest';
import { DefinitionError } from '../../lib/errors.ts';
import { matchGlob } from '../../lib/files/keys/glob.ts';
import { isIgnoredKey } from '../../lib/files/keys/ignored-key.ts';

describe('ignored names', () => {
  test.each([
    ...['a/', 'a/b/', '_SUCCESS', 'a/_temporary', '.DS_Store', 'a/.hidden.csv', 'a/_started_12', 'a/b_$folder$'],
    ...['_temporary/0/part-0.json', 'a/_temporary/0/x/part-0.json', 'a/.hoodie/x.commit', 'a/.spark-staging/b=1/c.csv'],
    ...['_delta_log/0.json', '_graphdrop/a=b/c.ndjson', 'a/_b=1'],
  ])('%s is ignored', key => {
    expect(isIgnoredKey(key)).toBe(true);
  });

  test.each(['a.csv', 'a_b.csv', 'a/b._', 'a_/b.csv', '_day=1/a.csv', 'a/_day=1/b.csv', 'folder$/a.csv'])(
    '%s is data',
    key => {
      expect(isIgnoredKey(key)).toBe(false);
    },
  );
});

describe('globs', () => {
  test.each([
    ['data/*.csv', 'data/a.csv'],
    ['data/*.csv', 'data/a\nb.csv'],
    ['data/*.csv', `data/a"b'\`.csv`],
    ['data/*.csv', 'data/日本 é.csv'],
    ['data/**', 'data/a'],
    ['data/**', 'data/a\nb/c\n'],
    ['data/**', 'data/.hidden/c'],
    ['data/**/*.csv', 'data/a.csv'],
    ['data/**/*.csv', 'data/x/y/a.csv'],
    ['**/*.csv', 'a\n/b.csv'],
    ['data/{people,places}.csv', 'data/places.csv'],
    ['data/[!a].csv', 'data/b.csv'],
    ['data/!(a).csv', 'data/b.csv'],
    ['data/?.csv', 'data/\n.csv'],
    [String.raw`a\*.csv`, 'a*.csv'],
  ])('%j matches %j', (glob, key) => {
    expect(matchGlob(glob)(key)).toBe(true);
  });

  test.each([
    ['data/*.csv', 'data/x/a.csv', 'a star crosses no slash'],
    ['data/*.csv', 'data/a.csv\n', 'the end is not before a trailing newline'],
    ['data/*.csv', 'x\ndata/a.csv', 'the start is not after a newline'],
    ['data/*.csv', 'data/a.csv\nx', 'the end is not at a line end'],
    ['a.csv', 'aXcsv', 'a dot is a dot'],
    ['a.csv', 'a.csv\n', 'a name without wildcards is matched whole'],
    ['data/*', 'data/a/', 'a trailing slash is not optional'],
    ['data/**', 'data', 'the folder is not in itself'],
    ['data/*.csv', 'Data/a.csv', 'case counts'],
    ['data/?.csv', 'data//.csv', 'a question mark is no slash'],
    ['data/[!a].csv', 'data/a.csv', 'a class can be negated'],
    ['data/[!a].csv', 'data/[!a].csv', 'a key that spells the glob is no match by that'],
    ['data/!(a).csv', 'data/a.csv', 'an exclusion excludes'],
  ])('%j does not match %j: %s', (glob, key) => {
    expect(matchGlob(glob)(key)).toBe(false);
  });

  test.each(['', '[', 'a[', '(a', '{a,b', '+(a', 'a)', '[z-a]', 'a\\', '!a.csv', './a.csv'])(
    'glob %j is refused when it is defined, not silent when files come',
    glob => {
      expect(() => matchGlob(glob)).toThrow(DefinitionError);
    },
  );

  test('the message names the glob', () => {
    expect(() => matchGlob('data/[')).toThrow(/data\/\[/);
  });

  test('a star takes any segment, and only a segment', () => {
    const matches = matchGlob('in/*.csv');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), name => {
        expect(matches(`in/x${name}.csv`)).toBe(!name.includes('/'));
      }),
    );
  });

  test('matching is the same as by the expression that picomatch makes, for any glob and key', () => {
    const piece = fc.constantFrom(
      ...['*', '**', '?', '/', '/**/', 'a', 'b', '.', '..', '_', '-', '[ab]', '[!a]', '[a-c]', '[[:alpha:]]'],
      ...[
        '{a,b}',
        '{a,b*}',
        '{1..3}',
        '@(a|b)',
        '!(a)',
        '!(*.b)',
        '+(a|b)',
        '*(a)',
        '?(a)/',
        '(a|b)',
        '\\*',
        '\\[',
        '$',
        '^',
        '+',
        '|',
      ],
    );
    const globs = fc.array(piece, { minLength: 1, maxLength: 7 }).map(pieces => pieces.join(''));
    const keys = fc
      .array(fc.constantFrom('a', 'b', 'c', '1', '2', '/', '.', '_', '-', '*', '[', '!', '\n', 'é'), { maxLength: 8 })
      .map(characters => characters.join(''));
    const options = { dot: true, posix: true, strictSlashes: true, flags: 's', strictBrackets: true, debug: true };
    let compared = 0;
    fc.assert(
      fc.property(globs, fc.array(keys, { minLength: 1, maxLength: 20 }), (glob, some) => {
        let matches: (key: string) => boolean;
        try {
          matches = matchGlob(glob);
        } catch (error) {
          expect(error).toBeInstanceOf(DefinitionError);
          return;
        }
        const expression = picomatch.makeRe(glob, options);
        for (const key of some) {
          expect({ glob, key, matches: matches(key) }).toEqual({ glob, key, matches: expression.test(key) });
          compared += 1;
        }
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(10_000);
  });

  test('a matcher answers the same every time', () => {
    const matches = matchGlob('*.csv');
    expect([matches('a.csv'), matches('a.csv'), matches('b'), matches('a.csv')]).toEqual([true, true, false, true]);
  });
});

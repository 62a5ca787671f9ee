/** Threat: lines are told apart wrongly, so that a row of a line that is gone stays, or one of a line that came is missing. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { linesApart } from '../../lib/bucket/lines-apart.ts';

/** Few different lines, so that most are there several times. */
const lines = fc.array(fc.constantFrom('', 'a', 'b', 'c', 'é\r', '\u{1f642}', 'd'), { maxLength: 12 });
const text = fc.tuple(lines, fc.boolean()).map(([all, ends]) => `${all.join('\n')}${ends ? '\n' : ''}`);

function counted(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of texts) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

/** Blank lines are none. */
const isLine = (line: string): boolean => line !== '';

/** Takes as many of each as there are of it among the others. */
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = counted(others);
  return all.filter(one => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
}

it('what is gone and what came are the lines that are not in both, and the first of each', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { gone, come, kept } = linesApart(Buffer.from(before), Buffer.from(after));
      const [[hadFirst = '', ...had], [hasFirst = '', ...has]] = [before.split('\n'), after.split('\n')];
      const [goneFirst, ...goneLines] = gone.toString().split('\n');
      const [comeFirst, ...comeLines] = come.toString().split('\n');
      expect([goneFirst, comeFirst]).toEqual([hadFirst, hasFirst]);
      expect(counted(goneLines.filter(isLine))).toEqual(counted(without(had, has).filter(isLine)));
      expect(counted(comeLines.filter(isLine))).toEqual(counted(without(has, had).filter(isLine)));
      expect(kept).toBe(has.length - without(has, had).length);
    }),
    { numRuns: 20_000 },
  );
});

it('what came stays in its order', () => {
  const { come } = linesApart(Buffer.from('0\na\nb\nc\n'), Buffer.from('0\nc\ny\na\nx\nb\nz\n'));
  expect(
    come
      .toString()
      .split('\n')
      .filter(line => isLine(line) && 'xyz'.includes(line)),
  ).toEqual(['y', 'x', 'z']);
});

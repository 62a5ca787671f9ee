/** Promise: what is written and read by tx/commit stands for exactly one value of one type. */
import fc from 'fast-check';
import neo4j from 'neo4j-driver';
import { describe, expect, it } from 'vitest';
import { fromJolt, joltEvents } from '../../lib/neo4j/transport/jolt.ts';
import { toPlainJson } from '../../lib/neo4j/transport/plain-json.ts';

describe('plain JSON', () => {
  it('writes each float with a point or an exponent, and as itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ noNaN: true }), fc.integer(), fc.constantFrom(-0, 1e21, 5e-324)), value => {
        const text = toPlainJson(value);
        expect(text).toMatch(/[.e]/);
        expect(JSON.parse(text)).toBe(value);
      }),
    );
  });

  it('writes each integer without', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
        expect(toPlainJson(value)).toBe(String(value));
      }),
    );
  });

  it.each([Number.NaN, 2n ** 63n, new Int8Array(2), new neo4j.types.Date(1n, 1n, 1n), Symbol('no'), [[Number.NaN]]])(
    'has nothing for %s',
    value => {
      expect(() => toPlainJson({ value })).toThrow();
    },
  );
});

describe('Jolt', () => {
  it('tells integers of more than 32 bits from reals', () => {
    expect(fromJolt({ R: '2147483648' })).toBe(2147483648n);
    expect(fromJolt({ R: '2.147483648E9' })).toBe(2147483648);
    expect(fromJolt({ R: '-9223372036854775808' })).toBe(-(2n ** 63n));
    for (const [text, value] of [
      ['-0.0', -0],
      ['NaN', Number.NaN],
      ['-Infinity', Number.NEGATIVE_INFINITY],
    ] as const)
      expect(fromJolt({ R: text })).toBe(value);
  });

  it('has stored lists as plain JSON, and loses nothing of them', async () => {
    const data = '[[1,9223372036854775807],[1.0,-0.0,"NaN","-Infinity",1.0E300],[true],[{"U":"1"}],[]]';
    for await (const event of joltEvents(stream([`{"data":${data}}\n`]))) {
      expect(event.data?.map(fromJolt)).toEqual([
        [1n, 2n ** 63n - 1n],
        [1, -0, Number.NaN, Number.NEGATIVE_INFINITY, 1e300],
        [true],
        ['1'],
        [],
      ]);
    }
    expect.assertions(1);
  });

  it('is read the same wherever it is cut into pieces, but for a line that isn’t ended', async () => {
    const events = [{ header: { fields: ['n'] } }, { data: [{ U: '\n "' }] }, { info: {} }];
    const whole = events.map(event => `${JSON.stringify(event)}\n`).join('');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length)), fc.boolean(), async (places, ended) => {
        const text = ended ? whole : whole.slice(0, -1);
        const cuts = [0, ...places.sort((a, b) => a - b), text.length];
        const pieces = cuts.slice(1).map((end, index) => text.slice(cuts[index], end));
        const read = [];
        for await (const event of joltEvents(stream(pieces))) read.push(event);
        expect(read).toEqual(ended ? events : events.slice(0, -1));
      }),
    );
  });
});

async function* stream(pieces: readonly string[]): AsyncGenerator<string> {
  yield* pieces;
}

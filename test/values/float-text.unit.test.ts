/** Promise: floats in answers are written as Neo4j's server writes them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floatJson } from '../../lib/values/float-text.ts';

describe('floats are written as Java writes them', () => {
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-1.5, '-1.5'],
    [0.1, '0.1'],
    [0.001, '0.001'],
    [0.000999, '9.99E-4'],
    [1e-3, '0.001'],
    [123456.789, '123456.789'],
    [9999999, '9999999.0'],
    [9999999.5, '9999999.5'],
    [1e7, '1.0E7'],
    [12345678.5, '1.23456785E7'],
    [1e10, '1.0E10'],
    [2e23, '2.0E23'],
    [5e-324, '4.9E-324'],
    [1e-323, '9.9E-324'],
    [Number.MAX_VALUE, '1.7976931348623157E308'],
    [2.2250738585072014e-308, '2.2250738585072014E-308'],
    [Number.NaN, '"NaN"'],
    [Number.POSITIVE_INFINITY, '"Infinity"'],
    [Number.NEGATIVE_INFINITY, '"-Infinity"'],
  ])('%d', (value, text) => {
    expect(floatJson(value)).toBe(text);
  });

  it('in the one form there is, and read back the same', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        const text = floatJson(value);
        expect(text).toMatch(/^-?(?:0|[1-9]\d{0,6})\.(?:0|\d*[1-9])$|^-?[1-9]\.(?:0|\d*[1-9])E-?\d+$/);
        expect(Object.is(JSON.parse(text), value)).toBe(true);
        const exponent = text.includes('E');
        const size = Math.abs(value);
        expect(exponent).toBe(size !== 0 && (size < 1e-3 || size >= 1e7));
      }),
      { numRuns: 1000 },
    );
  });
});

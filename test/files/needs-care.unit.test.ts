/** Promise: text that JSON.parse would get wrong is found, wherever it stands, as the plain rule says. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { needsCare } from '../../lib/files/json/json-value.ts';

/** Sixteen digits that follow neither a digit nor a point; a key `__proto__`, also with letters escaped. */
const RULE = /(?<![.\d])\d{16}|__proto__|\\u00[4-7]/;

const piece = fc.oneof(
  fc.string({ unit: fc.constantFrom('0', '7', '9'), minLength: 1, maxLength: 20 }),
  fc.constantFrom('.', '-', 'e', ',', ' ', '"', 'x', '__proto__', '__proto', '\\u004', '\\u00', '\\u008', 'ü'),
);

it('is the same for any text', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 14 }).map(pieces => pieces.join('')),
      text => {
        expect(needsCare(text)).toBe(RULE.test(text));
      },
    ),
    { numRuns: 20_000 },
  );
});

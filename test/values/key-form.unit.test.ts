/** Promise: keys that look alike are one only where the table says so, and are told apart from those that don't. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalKey, oddnessOf } from '../../lib/values/key-form.ts';

it.each([
  ['Acme', 'Acme', 'Acme', 'Acme'],
  [' Acme\t', ' Acme\t', 'Acme', 'Acme'],
  ['Acme\u00a0', 'Acme\u00a0', 'Acme', 'Acme'],
  ['\ufeffAc\u200bme\u2060', '\ufeffAc\u200bme\u2060', 'Acme', 'Acme'],
  ['cafe\u0301 ', 'café ', 'cafe\u0301', 'café'],
  ['A  b', 'A  b', 'A  b', 'A  b'],
  // A joiner makes another letter of its neighbours.
  ['می\u200cخواهم', 'می\u200cخواهم', 'می\u200cخواهم', 'می\u200cخواهم'],
])('%j is %j by nfc, %j by trim, %j by both', (key, nfc, trim, both) => {
  expect([normalKey(key, 'nfc'), normalKey(key, 'trim'), normalKey(key, 'nfc+trim')]).toEqual([nfc, trim, both]);
});

it.each([
  ['', 'empty'],
  [' \u200b', 'empty'],
  ['="007"', 'formula'],
  ['12.0', 'pandas'],
  ['12.00', null],
  ['a.0', null],
  ['=A', null],
  ['v2.0.0', null],
])('%j: %s', (key, words) => {
  if (words === null) expect(oddnessOf(key)).toBeNull();
  else expect(oddnessOf(key)).toContain(words);
});

it('a key is odd exactly where a form would change it, and in no form twice', () => {
  const sign = fc.constantFrom('a', 'é', 'e\u0301', ' ', '\u00a0', '\u200b', '\ufeff', '\n', '\u{1F600}', '\u200d');
  fc.assert(
    fc.property(
      fc.array(sign, { maxLength: 6 }).map(signs => signs.join('')),
      key => {
        const both = normalKey(key, 'nfc+trim');
        expect(oddnessOf(key) !== null).toBe(both !== key || key === '');
        expect(normalKey(both, 'nfc+trim')).toBe(both);
      },
    ),
  );
});

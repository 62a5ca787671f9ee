/** Promise: every value of a row comes back from the temporary folder as it went there. */
import { deserialize, serialize } from 'node:v8';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { typeOf, valueText } from '../../lib/values/column-types.ts';
import { packValue, unpackValue } from '../../lib/values/packed-value.ts';
import { looseValue } from '../neo4j/any-value.ts';

it('is the same value, of the same class', () => {
  fc.assert(
    fc.property(looseValue, value => {
      const back = unpackValue(deserialize(serialize(packValue(value))));
      expect(back).toStrictEqual(value);
      expect(valueText(back as typeof value)).toBe(valueText(value));
      expect(typeOf(back as typeof value)).toBe(typeOf(value));
    }),
    { numRuns: 2_000 },
  );
});

it('is null, or bytes', () => {
  expect(unpackValue(deserialize(serialize(packValue(null))))).toBeNull();
  expect(unpackValue(deserialize(serialize(packValue(new Uint8Array([0, 255])))))).toEqual(new Uint8Array([0, 255]));
});

/** Promise: what an item keeps of a node is its text, in no more write units than that has. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textAttributes, textOf } from '../../lib/state/dynamodb/node-text.ts';

const SCOPE = 'kg@neo4j';

it('any text comes back as it was', () => {
  const part = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('é', '["a","b"],', '\u0000'));
  fc.assert(
    fc.property(fc.array(part), fc.integer({ min: 1, max: 60 }), (parts, times) => {
      const text = parts.join('').repeat(times).toWellFormed();
      const attributes = textAttributes(text, SCOPE);
      expect(textOf(attributes)).toBe(text);
      const bytes = attributes.packed?.B?.length ?? Buffer.byteLength(text);
      expect(bytes).toBeLessThanOrEqual(Buffer.byteLength(text));
    }),
  );
});

it('a text of one unit stays readable, a longer one is deflated where that makes it fewer', () => {
  const rows = (count: number) => JSON.stringify(Array.from({ length: count }, (_, n) => [`person-${n}`, 'object']));
  expect(textAttributes(rows(10), SCOPE)).toEqual({ text: { S: rows(10) } });
  const { packed, text } = textAttributes(rows(200), SCOPE);
  expect(text).toBeUndefined();
  expect(packed?.B?.length).toBeLessThan(rows(200).length / 3);
});

it('an item of an earlier version is read, whose text is never deflated', () => {
  expect(textOf({ text: { S: 'x'.repeat(9_000) } })).toBe('x'.repeat(9_000));
});

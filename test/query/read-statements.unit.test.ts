/** Threat: a garbled, huge or hostile body is misread, or ends in an error that is no answer. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatements } from '../../lib/query/read-statements.ts';
import { StatementError } from '../../lib/query/statement-error.ts';

/** What a body is read as: the statements until the error, and its message. */
function read(body: string): { texts: string[]; parameters: unknown[]; error: string | null } {
  const texts: string[] = [];
  const parameters: unknown[] = [];
  try {
    for (const statement of readStatements(Buffer.from(body))) {
      texts.push(statement.text);
      parameters.push(statement.parameters);
    }
    return { texts, parameters, error: null };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    return { texts, parameters, error: error.message };
  }
}

/** JSON in which integers are written without a point, floats with one or an exponent. */
const json: fc.Arbitrary<{ text: string; value: unknown }> = fc.letrec<{ any: { text: string; value: unknown } }>(
  tie => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(value => ({ text: String(value), value })),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map(value => ({ text: Object.is(value, -0) ? '-0e0' : value.toExponential(), value })),
      fc.string({ unit: 'binary' }).map(value => ({ text: JSON.stringify(value), value })),
      fc.constantFrom(true, false, null).map(value => ({ text: String(value), value })),
      fc.array(tie('any'), { maxLength: 4 }).map(items => ({
        text: `[${items.map(({ text }) => text)}]`,
        value: items.map(({ value }) => value),
      })),
      fc
        .dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor', '1', ''), tie('any'), { maxKeys: 4 })
        .map(map => ({
          text: `{${Object.entries(map).map(([key, { text }]) => `${JSON.stringify(key)}:${text}`)}}`,
          value: Object.fromEntries(Object.entries(map).map(([key, { value }]) => [key, value])),
        })),
    ),
  }),
).any;

describe('parameters arrive as they are written', () => {
  it('integers as bigints, floats as numbers, any key', () => {
    fc.assert(
      fc.property(json, ({ text, value }) => {
        const body = `{"statements":[{"statement":"RETURN $x","parameters":{"x":${text}}}]}`;
        expect(read(body)).toEqual({ texts: ['RETURN $x'], parameters: [{ x: value }], error: null });
        expect({}).not.toHaveProperty('a');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a body that is cut off or garbled', () => {
  const whole = '{"statements":[{"statement":"A"},{"statement":"B","parameters":{"x":[1,"}]"]}},{"statement":"C"}] } ';

  it('gives the statements before, and an error unless its list was complete', () => {
    const complete = whole.indexOf('] }') + 1;
    for (let length = 1; length < whole.length; length++) {
      const { texts, error } = read(whole.slice(0, length));
      expect(['A', 'B', 'C'].slice(0, texts.length)).toEqual(texts);
      expect(error === null).toBe(length >= complete);
    }
  });

  it('fails with nothing but an error of a request', () => {
    fc.assert(
      fc.property(fc.nat(whole.length), fc.string({ maxLength: 3 }), (place, noise) => {
        read(whole.slice(0, place) + noise + whole.slice(place + 1));
      }),
      { numRuns: 500 },
    );
  });

  it('may be nested 1,000 deep and no deeper', () => {
    const nested = (depth: number) => `{"statements":[{"x":${'['.repeat(depth)}${']'.repeat(depth)},"statement":"A"}]}`;
    expect(read(nested(900)).texts).toEqual(['A']);
    expect(read(nested(100_000))).toMatchObject({ texts: [], error: 'Could not parse the incoming JSON' });
  });
});

/** Promise: a record that doesn't validate is told with field, expectation and value, never with a whole large value. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeValue, shorten } from '../../lib/files/describe-value.ts';
import { validateRecord } from '../../lib/files/validate.ts';

const schemaOf = (validate: StandardSchemaV1.Props['validate']): StandardSchemaV1 => ({
  '~standard': { version: 1, vendor: 'test', validate },
});
const problemsOf = async (schema: StandardSchemaV1, value: unknown) =>
  (await validateRecord(schema, { line: 7, value })).problems;

describe('validating a record', () => {
  test('gives the output of the schema, not its input', async () => {
    const schema = z.object({ id: z.coerce.number(), extra: z.string().default('x') });
    expect(await validateRecord(schema, { line: 3, value: { id: '1' } })).toEqual({
      record: { line: 3, value: { id: 1, extra: 'x' } },
    });
  });

  test('names line, dotted field, what was expected and what was got', async () => {
    const schema = z.object({ people: z.array(z.object({ age: z.number() })) });
    expect(await problemsOf(schema, { people: [{ age: 1 }, { age: 'forty' }] })).toEqual([
      { line: 7, field: 'people.1.age', problem: 'Invalid input, got string "forty", expected number' },
    ]);
  });

  test('a missing field is nothing, also where a prototype has that name', async () => {
    const schema = z.object({ constructor: z.string() });
    expect(await problemsOf(schema, JSON.parse('{}'))).toEqual([
      { line: 7, field: 'constructor', problem: 'Invalid input, got nothing, expected string' },
    ]);
  });

  test('a problem of the whole record has no field', async () => {
    const [problem] = (await problemsOf(z.object({}), 'text')) ?? [];
    expect(problem).not.toHaveProperty('field');
    expect(problem?.problem).toContain('got string "text"');
  });

  test('path segments may be objects, as the specification allows', async () => {
    const schema = schemaOf(() => ({ issues: [{ message: 'bad', path: [{ key: 'a' }, 0] }] }));
    expect(await problemsOf(schema, { a: [5] })).toEqual([{ line: 7, field: 'a.0', problem: 'bad, got number 5' }]);
  });

  test('a synchronous schema costs no promise', () => {
    expect(validateRecord(z.string(), { line: 1, value: 'a' })).not.toBeInstanceOf(Promise);
  });

  test('an asynchronous schema is awaited', async () => {
    const schema = z.string().refine(async text => text === 'yes', 'must be yes');
    // zod answers with a promise only where it has to; a schema of promises makes that sure.
    const promised = schemaOf(async value => await schema['~standard'].validate(value));
    expect(await problemsOf(promised, 'no')).toEqual([{ line: 7, problem: 'must be yes, got string "no"' }]);
    expect(await problemsOf(promised, 'yes')).toBeUndefined();
  });

  test.each([
    [
      'throws',
      schemaOf(() => {
        throw new TypeError('cannot read');
      }),
    ],
    [
      'rejects',
      schemaOf(async () => {
        throw new TypeError('cannot read');
      }),
    ],
  ])('a schema that %s is a problem of the record and no crash', async (_name, schema) => {
    expect(await problemsOf(schema, 5)).toEqual([
      { line: 7, problem: 'the schema threw TypeError: cannot read, got number 5' },
    ]);
  });

  test('the words of a schema are shortened', async () => {
    const schema = schemaOf(() => ({ issues: [{ message: 'long '.repeat(1000) }] }));
    expect((await problemsOf(schema, 1))?.[0]?.problem.length).toBeLessThan(300);
  });
});

describe('describing a value', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a\n"', 'string "a\\n\\""'],
    [1.5, 'number 1.5'],
    [2n ** 64n, 'bigint 18446744073709551616'],
    [true, 'boolean true'],
    [[1, 2], 'array of 2'],
    [{ a: 1, b: 2 }, 'object with a, b'],
    [{}, 'object with no fields'],
  ])('%o', (value, words) => {
    expect(describeValue(value)).toBe(words);
  });

  test.each([
    'x'.repeat(1_000_000),
    '\n'.repeat(500),
    10n ** 500n,
    Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, i])),
  ])('is at most 80 characters and marks the cut', value => {
    expect(describeValue(value).length).toBeLessThanOrEqual(80);
    expect(describeValue(value)).toMatch(/…$/);
  });

  test('a cut splits no character', () => {
    for (let length = 2; length < 10; length += 1) expect(shorten('𝄞'.repeat(20), length).isWellFormed()).toBe(true);
  });
});

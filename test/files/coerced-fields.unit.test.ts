/** Threat: zod's coercion makes something else of a value than it says, and nobody is told. */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { coercedFields } from '../../lib/files/coerced-fields.ts';
import { ContextKey, flow, TableSchema } from '../../lib/index.ts';
import { declareFile } from '../../lib/testing/testing.ts';

const Row = z.object({
  id: z.string(),
  ok: z.coerce.boolean().optional(),
  n: z.coerce.number().optional(),
  big: z.coerce.bigint().nullish(),
  name: z.coerce.string().optional(),
  at: z.coerce.date().optional(),
});

const found = (record: object) =>
  coercedFields(Row, record).map(({ field, refused, problem }) => `${field} ${refused} ${problem()}`);

describe('a value of which coercion makes something else', () => {
  test.each([
    [
      { ok: 'False' },
      /^ok true got string "False", of which z\.coerce\.boolean\(\) makes true: use z\.stringbool\(\)$/,
    ],
    [{ ok: ' 0' }, /makes true/],
    [{ ok: ' ' }, /makes true/],
    [{ n: ' ' }, /^n true got string " ", of which z\.coerce\.number\(\) makes 0: make the field \.nullish\(\)/],
    [{ n: '' }, /makes 0/],
    [{ n: null }, /^n true got null, .* makes 0/],
    [{ big: '\t' }, /makes 0/],
    [{ name: null }, /makes the text "null"/],
    [{ at: null }, /makes 1970-01-01/],
    [
      { name: { toString: 1 } },
      /^name true got object with toString, of which z\.coerce\.string\(\) makes something else/,
    ],
    [{ name: [1, 2] }, /makes something else/],
    [{ name: new Date(0) }, /makes something else/],
    [{ n: [] }, /makes something else/],
    [{ ok: [] }, /makes something else/],
  ])('%j is told', (record, expected) => {
    expect(found(record)).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    {},
    { ok: 'true', n: '1', big: '7', name: 'x', at: '2026-01-31' },
    { ok: 'yes', n: '0', name: '', at: '2026-01-31T12:00:00+02:00' },
    { ok: false, n: 0, big: 0, at: 1 },
    { n: new Date(0), at: new Date(0) },
    { ok: '', big: null, at: '2026-01-31T12:00:00.5Z' },
  ])('%j is what it says', record => {
    expect(found(record)).toEqual([]);
  });

  test.each(['01/02/2026', '5', '2026-01-31 12:00', '2026-01-31T12:00:00'])('the date %s is noted', at => {
    expect(found({ at })).toEqual([
      expect.stringMatching(/^at false got string ".*", which z\.coerce\.date\(\) reads/),
    ]);
  });

  test('is in a field without a default only', () => {
    const name = z.coerce.string();
    expect(coercedFields(z.object({ name }), {})).toHaveLength(1);
    expect(coercedFields(z.object({ name: name.default('a') }), {})).toHaveLength(0);
    expect(coercedFields(z.strictObject({ name: name.nullable() }), { name: null })).toHaveLength(0);
  });
});

const rows = flow(new ContextKey('coerced'), graph => {
  const row = graph.nodeTable('Row', {
    schema: TableSchema.from(z.object({ id: z.string(), ok: z.boolean().optional(), at: z.date().optional() })),
  });
  graph.source('*.csv', { record: Row }, ({ id, ok, at }) => row.declareRecord({ id, ok, at }));
});

test('a file with such a value is refused, one with an unsure date noted', async () => {
  expect((await declareFile(rows, 'a.csv', 'id,ok\n1,true\n2,False\n')).rejected).toEqual([
    'a.csv:3 ok: got string "False", of which z.coerce.boolean() makes true: use z.stringbool()',
  ]);
  const file = await declareFile(rows, 'a.csv', 'id,at\n1,01/02/2026\n');
  expect(file.notes).toEqual([expect.stringMatching(/^a\.csv:2 at: got string "01\/02\/2026", which z\.coerce/)]);
});

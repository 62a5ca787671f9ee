import fc from 'fast-check';

const id = fc.constantFrom('a', 'b', 'c', 7);
const since = fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined });
const records: Record<string, fc.Arbitrary<object>> = {
  people: fc.record({ id, name: fc.constantFrom('x', 'y') }),
  knows: fc.record({ from: id, to: id, since, id: fc.constantFrom('k', 'l') }, { requiredKeys: ['from', 'to'] }),
  notes: fc.record({ id: fc.constantFrom('n', 'm'), rev: fc.integer({ min: 0, max: 2 }) }),
};
const KEYS = Object.keys(records).flatMap(folder => ['1', '2'].map(name => `${folder}/${name}.ndjson`));
/** Content of some files, null: deleted. Few ids, so that files declare the same rows again and again. */
export const files = fc.record(
  Object.fromEntries(
    KEYS.map(key => {
      const record = records[key.split('/')[0] ?? ''] as fc.Arbitrary<object>;
      return [key, fc.option(fc.array(record, { maxLength: 4 }), { freq: 3 })];
    }),
  ) as Record<string, fc.Arbitrary<object[] | null>>,
  { requiredKeys: [] },
) as fc.Arbitrary<Record<string, object[] | null>>;

import fc from 'fast-check';
import type { PeopleRecord } from './people-model.ts';

/** What happens to the bucket and the graph. */
export type Happening =
  | { readonly kind: 'put'; readonly key: string; readonly records: readonly PeopleRecord[] }
  | { readonly kind: 'delete'; readonly key: string }
  /** A version that is not acceptable. */
  | { readonly kind: 'spoil'; readonly key: string }
  /** Workers get events: for any keys, changed or not, at the same time. */
  | { readonly kind: 'sync'; readonly workers: readonly (readonly string[])[] };

/** Few ids, so that objects declare the same rows again and again. `1` and `'1'` are two. */
const id = fc.constantFrom('ada', 'bob', 1, '1');
const maybe = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.option(value).map((given): PeopleRecord => (given === null ? {} : { [name]: given }));

const person = fc
  .tuple(fc.record({ id, name: fc.constantFrom('x', 'y') }), maybe('age', fc.constantFrom(1, 2)))
  .map(([record, age]): PeopleRecord => ({ ...record, ...age }));
const knows = fc
  .tuple(fc.record({ from: id, to: id }), maybe('id', fc.constantFrom('k', 'l')), maybe('since', fc.constantFrom(1, 2)))
  .map(([ends, own, since]): PeopleRecord => ({ ...ends, ...own, ...since }));
const note = fc.record({
  id: fc.constantFrom('m', 'n'),
  rev: fc.integer({ min: 1, max: 3 }),
  text: fc.constantFrom('x', 'y'),
});

const KEYS = {
  people: ['people/a.ndjson', 'people/b.ndjson', 'people/c.ndjson'],
  knows: ['knows/a.ndjson', 'knows/b.ndjson', 'knows/c.ndjson'],
  notes: ['notes/a.ndjson', 'notes/b.ndjson'],
};
export const ALL_KEYS: readonly string[] = Object.values(KEYS).flat();

const put = (keys: readonly string[], record: fc.Arbitrary<PeopleRecord>) =>
  fc.record({
    kind: fc.constant('put' as const),
    key: fc.constantFrom(...keys),
    records: fc.array(record, { maxLength: 5 }),
  });
const someKeys = fc
  .subarray([...ALL_KEYS], { minLength: 1 })
  .chain(keys => fc.shuffledSubarray(keys, { minLength: keys.length }));

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: put(KEYS.people, person) },
  { weight: 4, arbitrary: put(KEYS.knows, knows) },
  { weight: 2, arbitrary: put(KEYS.notes, note) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.constantFrom(...ALL_KEYS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('spoil' as const), key: fc.constantFrom(...ALL_KEYS) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('sync' as const),
      workers: fc.array(someKeys, { minLength: 1, maxLength: 2 }),
    }),
  },
);

export const history = fc.array(happening, { minLength: 5, maxLength: 25, size: 'max' });

/** Records of the simulation's files, as values that one seed gives. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';

export type SimulatedRecord = Readonly<Record<string, unknown>>;

/** Keys that files share. `1` and `'1'` are two; a joined text would take the pairs with line feeds for one. */
const IDS = ['ada', 'bob', 1, '1', 'Ada', 'a\nsb', 'ä', 'a\u0308'] as const;
export type Id = (typeof IDS)[number];
const id = fc.constantFrom<Id>('ada', 'bob', 1, '1', 'ada', 'bob', ...IDS);
const ends = fc.oneof(
  { weight: 3, arbitrary: fc.record({ from: id, to: id }) },
  { weight: 1, arbitrary: fc.constantFrom({ from: 'a', to: 'b\nsc' }, { from: 'a\nsb', to: 'c' }) },
);

/** Values that are not the same, though some compare as if they were. */
const ANYTHING: readonly unknown[] = ['x', 'y', 1, 1.5, -0, 0, true, [1, 2], [1.5, 2], [], 'X'];
const NAMES = ['x', 'y'] as const;
const NUMBERS = [1, 2] as const;
const ZEROS = [0, -0] as const;
const anything = fc.constantFrom(...ANYTHING);

const optional = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc.option(value).map((given): SimulatedRecord => (given === null ? {} : { [name]: given }));

const person = fc
  .tuple(
    fc.record({ id, name: fc.constantFrom(...NAMES) }),
    optional('age', fc.constantFrom(...NUMBERS)),
    optional('colors', fc.shuffledSubarray(['Red', 'Blue'])),
  )
  .map(([record, age, colors]): SimulatedRecord => ({ ...record, ...age, ...colors }));
const knows = fc
  .tuple(
    ends,
    optional('id', fc.constantFrom('k', 'l')),
    optional('since', fc.constantFrom(...NUMBERS)),
    optional('weight', fc.constantFrom(...ZEROS)),
  )
  .map(([pair, own, since, weight]): SimulatedRecord => ({ ...pair, ...own, ...since, ...weight }));
const note = fc.record({ id: fc.constantFrom('m', 'n'), rev: fc.integer({ min: 1, max: 3 }), text: anything });
/** Most files give each code once, in any order; some don't. */
const badges = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .shuffledSubarray(['p', 'q', 'r'], { minLength: 2 })
      .chain(codes => fc.shuffledSubarray([1, 2, 3], { minLength: codes.length }).map(ids => [codes, ids] as const))
      .map(([codes, ids]): readonly SimulatedRecord[] => codes.map((code, n) => ({ id: ids[n], code }))),
  },
  { weight: 1, arbitrary: fc.constant([1, 2].map((one): SimulatedRecord => ({ id: one, code: 'p' }))) },
);

const KEYS = {
  people: ['people/a.ndjson', 'people/b.ndjson', 'people/c.ndjson'],
  knows: ['knows/a.ndjson', 'knows/b.ndjson', 'knows/c.ndjson'],
  notes: ['notes/a.ndjson', 'notes/b.ndjson'],
  badges: ['badges/all.ndjson'],
};
export const ALL_KEYS: readonly string[] = Object.values(KEYS).flat();
export const EDGE_KEYS: readonly string[] = KEYS.knows;

/** More files of one row than an owner list has room for. */
export const CROWD: readonly string[] = Array.from({ length: 36 }, (_, n) => `notes/crowd/${n}.ndjson`);

/** A file of many rows, which may be wide. */
export const HUGE = 'notes/huge.ndjson';

/** A file that nobody can ever read: listings have it, and it declares rows that others declare too. */
export const ARCHIVED = 'people/archived.ndjson';
export const ARCHIVED_RECORDS: readonly SimulatedRecord[] = [
  { id: 'ada', name: 'x of the archive' },
  { id: 'of the archive', name: 'x' },
];

/** Records of {@link HUGE}. @param width characters of each text */
export function manyRecords(rows: number, width: number): SimulatedRecord[] {
  return Array.from({ length: rows }, (_, n) => ({ id: n === 0 ? 'm' : `h${n}`, rev: 2, text: 'y'.repeat(width) }));
}

const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  name: NAMES,
  age: NUMBERS,
  since: NUMBERS,
  weight: ZEROS,
  text: ANYTHING,
};

/** The same row with other values: of each the next. */
export function altered(record: SimulatedRecord): SimulatedRecord {
  const entries = Object.entries(record).map(([name, value]) => {
    const values = VALUES[name] ?? [];
    const at = values.findIndex(one => Object.is(one, value) || (Array.isArray(one) && isDeepStrictEqual(one, value)));
    return [name, at < 0 ? value : values[(at + 1) % values.length]];
  });
  return Object.fromEntries(entries);
}

/** What files may hold, by their folder, and how often beside the others. */
const CONTENT = {
  people: [6, some(KEYS.people, person)],
  knows: [8, some(KEYS.knows, knows)],
  notes: [4, some(KEYS.notes, note)],
  badges: [3, fc.record({ key: fc.constantFrom(...KEYS.badges), records: badges })],
} as const satisfies Record<keyof typeof KEYS, unknown>;
export type Folder = keyof typeof CONTENT;

/** Keys of files. @param folder of this one alone */
export function keysIn(folder?: Folder): readonly string[] {
  return folder === undefined ? ALL_KEYS : KEYS[folder];
}

/** Makes files: a key, and what it holds. @param folder in this one alone */
export function filesIn(
  folder?: Folder,
): fc.Arbitrary<{ readonly key: string; readonly records: readonly SimulatedRecord[] }> {
  if (folder !== undefined) return CONTENT[folder][1];
  return fc.oneof(...Object.values(CONTENT).map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Files of few records, and in some more of them, none of the same row: of these most may stay. */
function some(keys: readonly string[], record: fc.Arbitrary<SimulatedRecord>) {
  const rowOf = ({ id, from, to }: SimulatedRecord) => JSON.stringify([id, from, to]);
  const many = fc.uniqueArray(record, { maxLength: 8, selector: rowOf, size: 'max' });
  const records = fc.oneof(fc.array(record, { maxLength: 5 }), many);
  return fc.record({ key: fc.constantFrom(...keys), records });
}

/** Files that belong to one folder, which share rows. */
export function siblings(key: string): string[] {
  const folder = key.slice(0, key.indexOf('/') + 1);
  return ALL_KEYS.filter(one => one.startsWith(folder));
}

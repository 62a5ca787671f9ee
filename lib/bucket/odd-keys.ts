import { type Declaration, derivedKey } from '../definition/declaration.ts';
import { type TableDefinition, tableName } from '../definition/definition.ts';
import { shorten } from '../files/describe-value.ts';
import type { Notes } from '../files/notes.ts';
import { oddnessOf } from '../values/key-form.ts';
import type { KeyValue } from '../values/value.ts';
import { withoutAbsence } from '../values/version.ts';

/** Of a key, in what is told of it. */
const MAX_CHARACTERS = 100;

/** Blanks but the usual one, accents apart, and what can't be seen. */
const UNSEEN = /[^\x20-\x7e\p{L}\p{N}]/gu;

function escaped(sign: string): string {
  return `\\u{${sign.codePointAt(0)?.toString(16)}}`;
}

/** Notes keys of a row, its own and those of its ends, that look like others. */
export function noteOddKeys(table: TableDefinition, { key, ends }: Declaration, line: number, notes: Notes): void {
  const isEdge = table.kind === 'relation' && ends !== undefined;
  if (isEdge) {
    noteKey(table.from.label, ends.from, line, notes);
    noteKey(table.to.label, ends.to, line, notes);
  }
  // A key that is made of the ends is as odd as these.
  noteKey(tableName(table), key, line, notes, () => !isEdge || key !== derivedKey(table.from, table.to, ends));
}

/** Texts whose order is another than that of what they say. */
const MISORDERED = [
  [/^[-+]?\d+(?:\.\d+)?$/, 'a number'],
  [/^\d{1,2}[./-]\d{1,2}[./-]\d{4}/, 'a date of another order'],
  [/^\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d(?::?\d\d)?$/, 'a time with an offset'],
] as const;

/** Notes a version that is a text, compared as one, though it says something whose order is another. */
export function noteOddVersion(table: TableDefinition, { version }: Declaration, line: number, notes: Notes): void {
  const text = withoutAbsence(version);
  if (table.versionBy === null || !text.startsWith('s')) return;
  const found = MISORDERED.find(([pattern]) => pattern.test(text.slice(1)));
  if (found === undefined) return;
  notes.add('odd-version', line, `${tableName(table)}.${table.versionBy}`, () => {
    const given = shorten(JSON.stringify(text.slice(1)), MAX_CHARACTERS);
    return `version ${given} is ${found[1]}, but compared as a text ("9" is higher than "10"): make it a number or a date, by the table's schema or the function`;
  });
}

function noteKey(name: string, key: KeyValue, line: number, notes: Notes, counts = () => true): void {
  const oddness = typeof key === 'string' ? oddnessOf(key) : null;
  if (oddness === null || !counts()) return;
  notes.add('odd-key', line, name, () => {
    const text = shorten(JSON.stringify(key).replace(UNSEEN, escaped), MAX_CHARACTERS);
    return `key ${text} ${oddness}`;
  });
}

import { type Declaration, derivedKey } from '../definition/declaration.ts';
import { type TableDefinition, tableName } from '../definition/definition.ts';
import { shorten } from '../files/describe-value.ts';
import type { Notes } from '../files/notes.ts';
import { oddnessOf } from '../values/key-form.ts';
import type { KeyValue } from '../values/value.ts';

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

function noteKey(name: string, key: KeyValue, line: number, notes: Notes, counts = () => true): void {
  const oddness = typeof key === 'string' ? oddnessOf(key) : null;
  if (oddness === null || !counts()) return;
  notes.add('odd-key', line, name, () => {
    const text = shorten(JSON.stringify(key).replace(UNSEEN, escaped), MAX_CHARACTERS);
    return `key ${text} ${oddness}`;
  });
}

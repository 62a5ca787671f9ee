import { shortHash } from '../values/hash.ts';
import type { KeyValue, Value } from '../values/value.ts';
import { keyText } from '../values/value.ts';
import { byNumber, rowKey } from './row-key.ts';

/** A row as one object declares it, or that it is absent. Made by a table's `declareRecord`, `declareRelation` or `declareAbsent`; a source's function returns it. */
export interface Declaration {
  /** Identity of the table: see `tableId`. */
  readonly table: string;
  /** Identity of the row, by table and typed key (or typed endpoints), which sorts as these do: see {@link rowKey}. */
  readonly row: string;
  /** Hash of everything the row says. */
  readonly fingerprint: string;
  /** Primary-key value; for an edge without its own key the derived string. */
  readonly key: KeyValue;
  /** The endpoints' keys; only an edge has them, and one that is absent may not. */
  readonly ends?: Ends;
  /** Properties by column, the key included; a nullable column without a value is null. */
  readonly values: Readonly<Record<string, Value | null>>;
  /** A node's extra labels, sorted; left out: none. */
  readonly labels?: readonly string[];
  /** Text of the `versionBy` column's value: see `versionText`; of a row that is absent see `absentVersion`. */
  readonly version: string;
}

/** Keys of the nodes that an edge joins. */
export interface Ends {
  readonly from: KeyValue;
  readonly to: KeyValue;
}

/** What a source's function may give for one record: null (no row comes of it), one declaration or several. */
export type Declared = Declaration | Iterable<Declaration> | null;

/** Returns the identity of a node row, or of an edge row that has a key of its own. */
export function keyedRow(table: string, key: KeyValue): string {
  return rowKey(table, byNumber(keyText(key)));
}

/** Returns a text that tells pairs of endpoints apart. */
export function endsText({ from, to }: Ends): string {
  return JSON.stringify([keyText(from), keyText(to)]);
}

/** Returns the identity of an edge row that is told by its endpoints: typed, so `1` and `'1'` never collide. */
export function endsRow(table: string, ends: Ends): string {
  return rowKey(table, JSON.stringify([byNumber(keyText(ends.from)), byNumber(keyText(ends.to))]));
}

interface Labelled {
  readonly label: string;
}

/**
 * Returns the key of an edge that has none of its own, a text apart for each two texts as ends: as CocoIndex makes it, unless the
 * second end has what joins them in it. A property only: such an edge is told by its endpoints.
 */
export function derivedKey(from: Labelled, to: Labelled, ends: Ends): string {
  const joint = `_${to.label}_`;
  const end = String(ends.to);
  // The last joint of the whole text is the one that joins. A later one would end within the second end, and so with a `_` there.
  const isPlain = !end.startsWith('~') && (!end.includes('_') || `${joint}${end}`.lastIndexOf(joint) === 0);
  const escaped = isPlain ? end : `~${end.replaceAll('~', '~0').replaceAll('_', '~1')}`;
  return `${from.label}_${ends.from}${joint}${escaped}`;
}

/** Returns the identity of an edge row, whether it has a key of its own or not. @param derived the key that its ends make, where it is at hand */
export function edgeRow(
  { table, from, to }: { readonly table: string; readonly from: Labelled; readonly to: Labelled },
  key: KeyValue,
  ends: Ends,
  derived = derivedKey(from, to, ends),
): string {
  return key === derived ? endsRow(table, ends) : keyedRow(table, key);
}

/**
 * Hashes canonical text. The version is in it too, so that rows count as changed when a table gets another `versionBy`: other
 * winners may follow from that.
 *
 * @param values text of each column that has a value, in the order of names: see {@link fieldText}
 * @param labels a node's extra labels, sorted
 */
export function fingerprintOf(
  values: string,
  ends: Ends | undefined,
  version: string,
  labels: readonly string[] = [],
): string {
  // The two are never in one place: an edge has ends, and a node may have labels.
  const head = ends !== undefined ? endsText(ends) : labels.length > 0 ? JSON.stringify(labels) : '';
  // A row has a key, so its values are never empty.
  return shortHash(`${head}\n${version === '' ? '""' : JSON.stringify(version)}${values}`);
}

/** Returns a column and the text of its value, as a line with its break before it, of what {@link fingerprintOf} takes. */
export function fieldText(name: string, text: string): string {
  return `\n${inText(name)}=${text}`;
}

/** Returns a name so that what stands before the first `=` of a line, or in quotes, is the name. */
function inText(name: string): string {
  return name.includes('=') || name.startsWith('"') ? JSON.stringify(name) : name;
}

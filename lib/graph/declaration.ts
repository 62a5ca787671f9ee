import { contentHash, shortHash } from './hash.ts';
import type { KeyValue, Value } from './value.ts';
import { keyText } from './value.ts';

/** A row as one object declares it. Made by a table's `declareRecord` or `declareRelation`; a source's function returns it. */
export interface Declaration {
  /** Identity of the table: see `tableId`. */
  readonly table: string;
  /** Identity of the row: hash of the table and the typed key (or typed endpoints). */
  readonly row: string;
  /** Hash of everything the row says. */
  readonly fingerprint: string;
  /** Primary-key value; for an edge without its own key the derived string. */
  readonly key: KeyValue;
  /** The endpoints' keys; only an edge has them. */
  readonly ends?: Ends;
  /** Properties by column, the key included; a nullable column without a value is null. */
  readonly values: Readonly<Record<string, Value | null>>;
  /** Text of the `versionBy` column's value: see `versionText`. */
  readonly version: string;
}

/** Keys of the nodes that an edge joins. */
export interface Ends {
  readonly from: KeyValue;
  readonly to: KeyValue;
}

/** What a source's function may give for one record: nothing (null), one declaration or several. */
export type Declared = Declaration | Iterable<Declaration> | null | undefined;

/** Identity of a node row or of an edge row that has a key of its own. */
export function keyedRow(table: string, key: KeyValue): string {
  return contentHash(`k\n${table}\n${keyText(key)}`);
}

/** Text that tells pairs of endpoints apart. */
export function endsText({ from, to }: Ends): string {
  return JSON.stringify([keyText(from), keyText(to)]);
}

/** Identity of an edge row that is told by its endpoints: typed, so `1` and `'1'` or joined texts never collide. */
export function endsRow(table: string, ends: Ends): string {
  return contentHash(`e\n${table}\n${endsText(ends)}`);
}

interface Labelled {
  readonly label: string;
}

/** Key of an edge that has none of its own. A property only: such an edge is told by its endpoints. */
export function derivedKey(from: Labelled, to: Labelled, ends: Ends): string {
  return `${from.label}_${ends.from}_${to.label}_${ends.to}`;
}

/** Identity of an edge row, whether it has a key of its own or not. */
export function edgeRow(
  { table, from, to }: { readonly table: string; readonly from: Labelled; readonly to: Labelled },
  key: KeyValue,
  ends: Ends,
): string {
  return key === derivedKey(from, to, ends) ? endsRow(table, ends) : keyedRow(table, key);
}

/**
 * Fingerprint over canonical text: columns sorted by name, absent ones left out. The version is in it besides, so that rows
 * count as changed when a table gets another `versionBy`: other winners may follow from that.
 */
export function fingerprintOf(
  values: readonly (readonly [string, string])[],
  ends: Ends | undefined,
  version: string,
): string {
  const head = ends === undefined ? '' : endsText(ends);
  return shortHash(
    `${head}\n${JSON.stringify(version)}\n${values.map(([name, text]) => `${name}=${text}`).join('\n')}`,
  );
}

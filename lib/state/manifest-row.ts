import type { Declaration, Ends } from '../definition/declaration.ts';
import { TAG_LENGTH, tableTag } from '../definition/table-tag.ts';
import { SHORT_HASH_LENGTH } from '../values/hash.ts';
import { type KeyValue, keyText, parseKey } from '../values/value.ts';

/** A row as a manifest keeps it: enough to compare it and to delete it. */
export interface ManifestRow {
  /** Short name of the table: see {@link tableTag}. */
  readonly tag: string;
  readonly fingerprint: string;
  readonly key: KeyValue;
  readonly ends?: Ends;
}

/** A row with the identity of its table. */
export type TableRow = Pick<Declaration, 'table' | 'fingerprint' | 'key' | 'ends'>;

export function encodeManifestRow({ table, fingerprint, key, ends }: TableRow): string {
  const keys = ends === undefined ? keyText(key) : JSON.stringify([ends.from, ends.to, key].map(keyText));
  return `${tableTag(table)}${fingerprint}${keys}`;
}

export function decodeManifestRow(text: string): ManifestRow {
  const tag = text.slice(0, TAG_LENGTH);
  const fingerprint = text.slice(TAG_LENGTH, TAG_LENGTH + SHORT_HASH_LENGTH);
  const keys = text.slice(TAG_LENGTH + SHORT_HASH_LENGTH);
  if (!keys.startsWith('[')) return { tag, fingerprint, key: parseKey(keys) };
  const [from, to, key] = (JSON.parse(keys) as [string, string, string]).map(parseKey) as [
    KeyValue,
    KeyValue,
    KeyValue,
  ];
  return { tag, fingerprint, key, ends: { from, to } };
}

/** No row's fingerprint: what the graph has of the row is not known. */
export const UNKNOWN_VALUES = '.'.repeat(SHORT_HASH_LENGTH);

/** Whether it isn't known what the graph has of a row. */
export function isUnknown(row: { readonly fingerprint: string } | undefined): boolean {
  return row?.fingerprint === UNKNOWN_VALUES;
}

/** The row as a manifest keeps it when its values aren't known any more, only that it is there. */
export function withoutFingerprint(text: string): string {
  return text.slice(0, TAG_LENGTH) + UNKNOWN_VALUES + text.slice(TAG_LENGTH + SHORT_HASH_LENGTH);
}

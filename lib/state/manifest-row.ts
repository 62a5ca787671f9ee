import type { Declaration, Ends } from '../graph/declaration.ts';
import { SHORT_HASH_LENGTH, shortHash } from '../graph/hash.ts';
import { type KeyValue, keyText, parseKey } from '../graph/value.ts';

/** A row as a manifest keeps it: enough to compare it and to delete it. */
export interface ManifestRow {
  /** Short name of the table: see {@link tableTag}. */
  readonly tag: string;
  readonly fingerprint: string;
  readonly key: KeyValue;
  readonly ends?: Ends;
}

const TAG_LENGTH = 6;

/** Short name of a table in manifests (36 bits; the root knows which table it stands for). */
export function tableTag(tableId: string): string {
  return shortHash(tableId).slice(0, TAG_LENGTH);
}

export function encodeManifestRow(declaration: Declaration): string {
  const { key, ends } = declaration;
  const keys = ends === undefined ? keyText(key) : JSON.stringify([ends.from, ends.to, key].map(keyText));
  return `${tableTag(declaration.table)}${declaration.fingerprint}${keys}`;
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

/** No row's fingerprint: what the graph has of the row is no longer known. */
export const UNKNOWN_VALUES = '.'.repeat(SHORT_HASH_LENGTH);

/** The row as a manifest keeps it when its values aren't known any more, only that it is there. */
export function withoutFingerprint(text: string): string {
  return text.slice(0, TAG_LENGTH) + UNKNOWN_VALUES + text.slice(TAG_LENGTH + SHORT_HASH_LENGTH);
}

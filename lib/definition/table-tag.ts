import { shortHash } from '../values/hash.ts';

export const TAG_LENGTH = 6;

/** Tags by table: there are few, and every row asks. */
const tags = new Map<string, string>();

/** Short name of a table in tracked state (36 bits; the root knows which table it stands for). */
export function tableTag(tableId: string): string {
  const known = tags.get(tableId);
  if (known !== undefined) return known;
  const tag = shortHash(tableId).slice(0, TAG_LENGTH);
  tags.set(tableId, tag);
  return tag;
}

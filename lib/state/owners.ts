import { HASH_LENGTH } from '../values/hash.ts';

/** An object that declares a row, with its `versionBy` value's text (empty where the table names none). */
export interface Owner {
  readonly id: string;
  readonly version: string;
}

/**
 * The owners of one row. The winner stands apart, so that a new owner need only be compared with it. Few owners are kept in
 * place; many (a hub that thousands of files declare) in a tree of their own, object id -> version.
 */
export interface Owners {
  readonly winner: Owner;
  readonly count: number;
  /** All owners but the winner, in place; null: they are in `tree`. */
  readonly rest: readonly Owner[] | null;
  /** Root of the tree of all owners, the winner among them; null: they are in `rest`. */
  readonly tree: string | null;
}

/** More owners than this are kept in a tree. */
export const MAX_OWNERS_IN_PLACE = 32;

/** Text by content: ids joined, winner first; with versions or a tree as JSON. */
export function encodeOwners(owners: Owners): string {
  const { winner, count, tree } = owners;
  if (count === 1 && winner.version === '') return winner.id;
  if (tree !== null) return JSON.stringify({ winner: [winner.id, winner.version], count, tree });
  const rest = [...(owners.rest ?? [])].sort((a, b) => (a.id < b.id ? -1 : 1));
  const all = [winner, ...rest];
  if (all.every(({ version }) => version === '')) return all.map(({ id }) => id).join('');
  return JSON.stringify(all.map(({ id, version }) => [id, version]));
}

export function decodeOwners(text: string): Owners {
  if (text.startsWith('{')) {
    const { winner, count, tree } = JSON.parse(text) as { winner: [string, string]; count: number; tree: string };
    return { winner: { id: winner[0], version: winner[1] }, count, rest: null, tree };
  }
  const all: Owner[] = text.startsWith('[')
    ? (JSON.parse(text) as [string, string][]).map(([id, version]) => ({ id, version }))
    : Array.from({ length: text.length / HASH_LENGTH }, (_, i) => ({
        id: text.slice(i * HASH_LENGTH, (i + 1) * HASH_LENGTH),
        version: '',
      }));
  const [winner, ...rest] = all;
  if (winner === undefined) throw new RangeError('a row without owners is not kept');
  return { winner, count: all.length, rest, tree: null };
}

import { compareVersions } from '../values/version.ts';
import type { ByObject } from './by-object.ts';

/** What a batch does to the owners of one row, by object id: what each declares; undefined: it no longer declares the row. */
export type OwnerChanges = ByObject<{ readonly after: Pick<Owner, 'version'> | undefined }>;

interface Owner {
  readonly id: string;
  readonly version: string;
}

/** The owners among which a row's next winner is. */
export type Contest =
  | { readonly kind: 'nobody' }
  /** One of these: the others lost to the present winner, who is among them and not weaker than before. */
  | { readonly kind: 'few'; readonly owners: readonly Owner[] }
  /** The present winner left or got a lower version: any owner may follow it. */
  | { readonly kind: 'all' };

/**
 * Says which owners must be compared to find the next winner, so that a hub with thousands of owners costs no more than
 * a row with one, unless its winner goes.
 *
 * @param winner the winner before; undefined: nobody declared the row
 * @param count how many objects declare the row afterwards
 */
export function contestOf(winner: Owner | undefined, count: number, changes: OwnerChanges): Contest {
  if (count === 0) return { kind: 'nobody' };
  const joined = joinedOf(changes);
  if (winner === undefined || count === joined.length) return { kind: 'few', owners: joined };
  const changed = changes.get(winner.id);
  if (changed === undefined) return { kind: 'few', owners: [winner, ...joined] };
  const isWeaker = changed.after === undefined || compareVersions(changed.after.version, winner.version) < 0;
  return isWeaker ? { kind: 'all' } : { kind: 'few', owners: joined };
}

function joinedOf(changes: OwnerChanges): readonly Owner[] {
  let joined: Owner[] | undefined;
  changes.forEach(({ after }, id) => {
    if (after === undefined) return;
    const owner = { id, version: after.version };
    // Of one owner, as almost every row has, in a list of one: what is pushed to has room for seventeen.
    if (joined === undefined) joined = [owner];
    else joined.push(owner);
  });
  return joined ?? [];
}

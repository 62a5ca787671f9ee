import type { AppliedTable } from '../definition/applied-table.ts';
import type { TableDefinition } from '../definition/definition.ts';
import { listOwners, ownersAfter } from '../reconcile/owner-lists.ts';
import { type Candidate, compareCandidates } from '../reconcile/winner.ts';
import { decodeObject, type ObjectEntry } from '../state/object-entry.ts';
import { decodeOwners } from '../state/owners.ts';
import { lookup, type Nodes } from '../state/tree.ts';
import { compareVersions, withoutAbsence } from '../values/version.ts';

/** An object that declares a row, and what it brings into the contest for it. */
export interface RowOwner extends Candidate {
  readonly entry: ObjectEntry;
}

/** Lists the objects that declare a row, the winner first, then those that would take over, in that order. */
export async function rowOwners(nodes: Nodes, objects: string, text: string): Promise<RowOwner[]> {
  const owners = decodeOwners(text);
  const all = ownersAfter(owners, new Map(), await listOwners(nodes, [owners]));
  const entries = await lookup(
    nodes,
    objects,
    all.map(({ id }) => id),
  );
  const known = all.flatMap((owner): RowOwner[] => {
    const found = entries.get(owner.id);
    if (found === undefined) return [];
    const entry = decodeObject(found);
    return [{ ...owner, key: entry.key, entry }];
  });
  return known.sort((a, b) => compareCandidates(b, a));
}

/** Says in words why one owner wins over the next. */
export function reasonOf(
  winner: Pick<Candidate, 'version'>,
  next: Pick<Candidate, 'version'> | undefined,
  table: TableDefinition | AppliedTable,
): string {
  if (next === undefined) return 'no other object declares it';
  const column = 'versionBy' in table ? table.versionBy : null;
  if (compareVersions(winner.version, next.version) === 0) {
    return column === null ? 'its key is the greatest' : `its key is the greatest of those with the highest ${column}`;
  }
  return `its ${column ?? 'version'} is the highest: ${versionValue(winner.version)}, before ${versionValue(next.version)}`;
}

/** Returns the value of a `versionBy` column that a version text stands for: see `versionText`. */
export function versionValue(version: string): string {
  const text = withoutAbsence(version);
  const value = text.slice(1);
  if (text === '') return 'none';
  if (!text.startsWith('d')) return value;
  const ms = Number(BigInt(value) / 1_000_000n);
  return Number.isFinite(new Date(ms).getTime()) ? new Date(ms).toISOString() : `${value} ns since 1970`;
}

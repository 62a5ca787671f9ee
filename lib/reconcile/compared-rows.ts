import type { Declaration } from '../definition/declaration.ts';
import type { Nodes } from '../state/tree.ts';
import type { Difference } from '../state/tree-diff.ts';
import type { Room } from './room.ts';

export type ComparingNodes = Nodes & { keep(hash: string): void };

/** What of an object's changed rows is in a batch. */
export interface ComparedRows {
  readonly taken: readonly Difference[];
  /** Whether these are all. */
  readonly complete: boolean;
  /** Root of the manifest that the batch leaves. */
  readonly manifest: string;
  readonly declarations: ReadonlyMap<string, Declaration>;
}

/**
 * Takes of an object's differences those that there is room for: rows that go first, for what a row leaves may be what another takes, under a
 * person's constraint.
 *
 * @param rows what the object declares of the rows that differ
 * @param lost rows that are taken in any case
 */
export function takeDifferences(
  differences: readonly Difference[],
  rows: ReadonlyMap<string, Declaration>,
  room: Room,
  lost: ReadonlySet<string>,
): Difference[] {
  const [goes, stays] = [differences.filter(isDeletion), differences.filter(difference => !isDeletion(difference))];
  return [...goes, ...stays].filter(({ key: row }) => room.take(rows.get(row)) || lost.has(row));
}

function isDeletion({ after }: Difference): boolean {
  return after === undefined;
}

/** Returns differences as edits of a tree. */
export function edits(differences: readonly Difference[]): Map<string, string | null> {
  return new Map(differences.map(({ key, after }) => [key, after ?? null]));
}

import type { Batch } from '../reconcile/batch.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { RootMove } from '../state/state-store.ts';

/** Returns what the retention log says of a batch: its objects, its rows, and when the first of its objects was put. */
export function moveSize({ edits }: Batch, changes: readonly ObjectChange[]): Omit<RootMove, 'from'> {
  const keys = new Set(edits.map(({ key }) => key));
  const dropped = Math.min(
    ...changes.filter(({ key }) => keys.has(key)).flatMap(({ version }) => version?.modified ?? []),
  );
  const rows = edits.reduce((sum, edit) => sum + edit.rows.size, 0);
  return { objects: edits.length, rows, ...(Number.isFinite(dropped) && { dropped }) };
}

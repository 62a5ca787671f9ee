import type { CollectionPosition } from './collection-position.ts';
import type { MemoStore } from './state-store.ts';

/**
 * Deletes the results of sources that no marked object was read by: the flow, or its code, is another now. Spared are those to which
 * one came lately, as before the first commit of a new flow.
 *
 * @returns false if time is up
 */
export async function collectMemos(
  memos: MemoStore,
  { sources: met, before }: Pick<CollectionPosition, 'sources' | 'before'>,
  deadline: number,
): Promise<boolean> {
  for (const { source, at } of await memos.sources()) {
    if (met.has(source) || at >= before) continue;
    if (!(await memos.forget(source, deadline))) return false;
    if (Date.now() >= deadline) return false;
  }
  return true;
}

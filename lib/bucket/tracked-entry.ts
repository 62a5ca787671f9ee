import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import { trackedEntries } from '../state/tracked-entries.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';

/** Reads what tracked state has of an object, without the lease: it may be another a moment later. */
export async function trackedEntry(scope: Scope, key: string): Promise<ObjectEntry | undefined> {
  const head = await scope.head.read();
  const entries = await trackedEntries(scope, head?.root ?? '', [key]).catch(error => {
    if (error instanceof MissingNodeError) return new Map<string, ObjectEntry>();
    throw error;
  });
  return entries.get(key);
}

import pMap from 'p-map';
import { abandonState, type Lease, readRoot, ScopeBusyError, takeLease } from './lease.ts';
import { type Compared, compareListed, listObjects, rejectionOf } from './listing.ts';
import type { Scope } from './scope.ts';
import { hasEarlierTables, settleDefinition } from './settle-definition.ts';
import { NodeStage } from './state/node-stage.ts';
import { MissingNodeError } from './state/node-table.ts';
import { decodeObject } from './state/object-entry.ts';
import { scan } from './state/tree.ts';
import { sweepUndeclared } from './sweep.ts';

/** What a resync found. */
export interface ResyncReport {
  readonly scope: string;
  /** Objects of the bucket that a source matches. */
  readonly listed: number;
  /** Objects in tracked state. */
  readonly tracked: number;
  /** Keys that are not up to date. */
  readonly outdated: readonly string[];
  /** Whether everything is up to date, the database being what the state says. */
  readonly settled: boolean;
  /** To be repeated in a while: the database was replaced and isn't back yet. */
  readonly again: boolean;
  /** Rows removed that a replaced database had and no file declares. */
  readonly swept: number;
}

/**
 * Looks at every object of the scope: the one remedy for restores, definition changes, backfill and lost events. Finds what
 * is not up to date by the bucket's listing (ETag, source); a change of content type alone is seen by its event only.
 *
 * After a restore or wipe of the database it must be repeated until `settled`: rows that no file declares are removed
 * when everything else is applied.
 */
export async function resync(scope: Scope): Promise<ResyncReport> {
  try {
    await lookAtDatabase(scope);
    return await lookAtObjects(scope);
  } catch (error) {
    if (!(error instanceof MissingNodeError)) throw error;
    const lease = await abandonState(scope);
    await beginResync(scope, lease);
    return await lookAtObjects(scope);
  }
}

async function lookAtObjects(scope: Scope): Promise<ResyncReport> {
  const head = await scope.head.read();
  const root = await readRoot(scope, head?.root ?? '');
  const stage = new NodeStage(scope.cache, scope.nodes);
  const outdated: Compared[] = [];
  const seen = new Set<string>();
  for (let after: string | null = ''; after !== null; ) {
    const { objects, next } = await listObjects(scope, after);
    for (const object of await compareListed(scope, stage, root.objects, objects)) {
      seen.add(object.id);
      if (!object.upToDate) outdated.push(object);
    }
    after = next;
  }
  // The database may think otherwise meanwhile, so what it refused is tried again, but nothing waits for it.
  const rejections = await pMap(outdated, object => rejectedBy(scope, object), { concurrency: 16 });
  const open = outdated.filter((_, index) => rejections[index] !== 'content').map(({ key }) => key);
  const refused = rejections.filter(by => by === 'database').length;
  let tracked = 0;
  for await (const entries of scan(stage, root.objects)) {
    tracked += entries.length;
    for (const [id, text] of entries) if (!seen.has(id)) open.push(decodeObject(text).key);
  }
  const through = open.length === refused;
  const wanted = head?.resync ?? null;
  const unsettled = wanted !== null || hasEarlierTables(scope, root);
  const swept = unsettled && through ? await settle(scope, wanted) : 0;
  const again = unsettled && (!through || swept === null);
  // A commit under way may turn back what was found up to date.
  const quiet = head !== null && head.owner === null && head.pending === null;
  const settled = open.length === 0 && !again && quiet;
  return { scope: scope.name, listed: seen.size, tracked, outdated: open, settled, again, swept: swept ?? 0 };
}

/** With a quiet bucket nobody takes the lease, and so nobody would notice that the database was replaced. */
async function lookAtDatabase(scope: Scope): Promise<void> {
  try {
    await beginResync(scope, await takeLease(scope));
  } catch (error) {
    // Who holds the lease has looked.
    if (!(error instanceof ScopeBusyError) || error.reason !== 'held') throw error;
  }
}

/** Gives the lease back, having noted that the resync it asks for is this one. */
async function beginResync(scope: Scope, lease: Lease): Promise<void> {
  try {
    if (lease.replaced) await scope.head.begin(lease.epoch);
  } finally {
    await scope.head.release(lease.epoch);
  }
}

/**
 * Ends a restore (removes what no file declares and says that graph and state are one again) and a change of definition.
 *
 * @returns how many rows it removed; null: the database was replaced once more since everything was found up to date
 */
async function settle(scope: Scope, wanted: number | null): Promise<number | null> {
  const lease = await takeLease(scope);
  try {
    if (lease.resync !== wanted) return null;
    const swept = wanted === null ? 0 : await sweepUndeclared(scope, lease);
    await settleDefinition(scope, lease);
    if (wanted !== null) await scope.head.settle(lease.epoch);
    return swept;
  } finally {
    await scope.head.release(lease.epoch);
  }
}

async function rejectedBy(scope: Scope, object: Compared): Promise<'content' | 'database' | null> {
  const status = await rejectionOf(scope, object);
  return status === null ? null : (status.by ?? 'content');
}

import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { headObject } from '../../bucket/objects.ts';
import { ScopeBusyError } from '../../commit/lease.ts';
import type { Scope } from '../../scope.ts';
import type { ObjectStatus } from '../../state/object-status.ts';
import type { HeldBack } from '../../sync/held-back.ts';
import { resync } from '../../sync/resync.ts';
import { syncObjects } from '../../sync/sync.ts';

/** Objects that are synced at once: what is told comes in parts of so many. */
const OBJECTS_AT_ONCE = 200;

/** Looks at all objects, one after the other, that a scope may need to settle. */
const MAX_ROUNDS = 20;

/** Milliseconds for which another process's lease is waited for. */
const BUSY_MS = 60_000;

/** Told of each object whose status is another than before. */
export type Tell = (status: ObjectStatus) => void;

/** How the objects of a scope stand after a look at all of them. */
export interface Followed {
  /** Objects that a source matches. */
  readonly listed: number;
  /** Whether nothing is left to do: rejected and unreadable objects wait for their next version. */
  readonly settled: boolean;
  /** Objects whose newest version is rejected or can't be read. */
  readonly refused: readonly string[];
  /** What would have gone, and waits for a person's word; null: nothing. */
  readonly heldBack: HeldBack | null;
}

/** Makes the graph follow some objects. @returns keys to look at again: they kept changing, or the database was replaced (all) */
export async function followObjects(
  scope: Scope,
  keys: readonly string[],
  tell: Tell,
): Promise<readonly string[] | 'all'> {
  const again: string[] = [];
  let all = false;
  for (let start = 0; start < keys.length; start += OBJECTS_AT_ONCE) {
    const part = keys.slice(start, start + OBJECTS_AT_ONCE);
    const before = await statuses(scope, part);
    const report = await unlessBusy(() => syncObjects(scope, part));
    again.push(...report.unsettled);
    all ||= report.replaced;
    for (const [key, status] of await statuses(scope, part)) {
      if (status !== null && JSON.stringify(status) !== JSON.stringify(before.get(key))) tell(status);
    }
  }
  return all ? 'all' : again;
}

/**
 * Looks at every object, and makes the graph follow those that are out of date, until nothing is left to do. Where no file is left at
 * all, what the graph has is held back: the folder may be one whose disk isn't there.
 *
 * @param confirmed a person said that as much as need be may go
 */
export async function followAll(scope: Scope, tell: Tell, confirmed = false): Promise<Followed> {
  let left = '';
  let mayRemove = confirmed;
  for (let round = 0; ; round += 1) {
    const { listed, outdated, settled, again, heldBack } = await unlessBusy(() =>
      resync(scope, { confirmed: mayRemove }),
    );
    // What is still out of date after it was looked at is rejected by the database, or can't be read.
    const same = outdated.join('\n') === left;
    const mayGo = heldBack !== null && listed > 0 && !mayRemove;
    if (settled || (same && !again && !mayGo) || round === MAX_ROUNDS) {
      const { gone, refused } = await refusedObjects(scope);
      await followObjects(scope, gone, tell);
      return { listed, settled: heldBack === null && (settled || (same && !again)), refused, heldBack };
    }
    mayRemove ||= mayGo;
    left = outdated.join('\n');
    await followObjects(scope, outdated, tell);
  }
}

/** Lists rejected and unreadable objects, and those of them that are gone: nothing of them is tracked, so no listing shows that they went. */
async function refusedObjects(scope: Scope): Promise<{ readonly gone: string[]; readonly refused: string[] }> {
  const gone: string[] = [];
  const refused: string[] = [];
  for await (const { key, state } of scope.status.list()) {
    if (state !== 'rejected' && state !== 'unread') continue;
    const head = await headObject(scope, key).catch(() => undefined);
    (head === null ? gone : refused).push(key);
  }
  return { gone, refused };
}

async function statuses(scope: Scope, keys: readonly string[]): Promise<Map<string, ObjectStatus | null>> {
  const found = await pMap(keys, key => scope.status.get(key), { concurrency: 16 });
  return new Map(keys.map((key, n) => [key, found[n] ?? null]));
}

/** Waits for another process's lease. @throws ScopeBusyError for any other reason, or when it lasts for too long */
async function unlessBusy<T>(work: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + BUSY_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ScopeBusyError) || error.reason !== 'held' || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
}

/** The guard of a resync: what would remove a large part of a scope waits for a person. */

import type { Scope } from '../scope.ts';
import type { Head } from '../state/head.ts';
import { readRoot } from '../state/read-root.ts';
import type { PositionStore } from '../state/state-store.ts';
import { type ResyncPosition, rowsAt } from './resync-position.ts';

/** Event of the log; the stack has an alarm on it. */
export const RESYNC_HELD_BACK = 'resync-held-back';

/** What a resync would have removed, and didn't. */
export interface HeldBack {
  /** Tracked objects that the bucket doesn't have, or null: what would go are rows that no file declares. */
  readonly objects: number | null;
  /** Rows that would go. */
  readonly rows: number;
  /** Of so many. */
  readonly of: number;
}

/** Leave to remove. */
export interface Consent {
  /** A person confirmed this resync. */
  readonly confirmed: boolean;
}

/** Whether a person said that as much as need be may go: by this resync, or by the deploy that it follows. */
export function isTold({ confirmed }: Consent, head: Pick<Head, 'mayRemove'> | null): boolean {
  return confirmed || head?.mayRemove === true;
}

/** Tells whether the objects that the bucket lacks are too much to go unasked; null: they aren't. */
export function objectsHeldBack({ limits }: Scope, position: ResyncPosition, tracked: number): HeldBack | null {
  const objects = tracked - position.known - position.unreadObjects;
  const rows = position.rows - position.knownRows - position.unreadRows;
  const { maxRemovedShare } = limits;
  const isMuch = objects > maxRemovedShare * tracked || rows > maxRemovedShare * position.rows;
  return isMuch ? { objects, rows, of: position.rows } : null;
}

/** Tells whether the rows that no file declares are too much to go unasked; null: they aren't. */
export async function rowsHeldBack(scope: Scope, rows: number, root: string): Promise<HeldBack | null> {
  const of = rows + (await rowsAt(scope.nodes.stage(), await readRoot(scope, root)));
  return rows > scope.limits.maxRemovedShare * of ? { objects: null, rows, of } : null;
}

/** Name of what waits, among the positions of long work: that is where the resync stopped. */
const WORK = 'held-back';

/** Keeps what a resync held back, for people that ask; null: nothing. */
export async function noteHeldBack({ state }: Scope, held: HeldBack | null): Promise<void> {
  await state.positions.put(WORK, Buffer.from(JSON.stringify(held)));
}

/** Reads what the last resync that came to its end held back; null: nothing, or there was none. */
export async function readHeldBack(positions: PositionStore): Promise<HeldBack | null> {
  const bytes = await positions.get(WORK);
  return bytes === null ? null : (JSON.parse(Buffer.from(bytes).toString()) as HeldBack | null);
}

/** Says what waits, for people. */
export function describeHeldBack({ objects, rows, of }: HeldBack): string {
  const what = objects === null ? 'that no file declares' : `of ${objects} files that are gone`;
  return `held back: ${rows} of ${of} rows, ${what}, would go`;
}

/** A resync goes on in messages: in parts, and again until a replaced database is back. */
import type { ResyncPosition } from '../sync/resync-position.ts';

/** What one message of a resync tells the next. */
export interface ResyncChain {
  /** A person confirmed that the resync may remove as much as need be. */
  readonly confirm?: true;
  /** What the chain has queued must not be queued again each time. Undefined: nothing yet. */
  readonly queued?: Queued;
  /** Where the part before stopped. Undefined: the resync begins. */
  readonly position?: ResyncPosition;
  /** How often it was put back since it last got on. Undefined: never. */
  readonly attempt?: number;
}

/** Reads a chain from the fields of a message; null: they are none. */
export function chainOf({
  confirm,
  queued,
  position,
  attempt,
}: { readonly [F in keyof ResyncChain]-?: unknown }): ResyncChain | null {
  if (!(attempt === undefined || Number.isSafeInteger(attempt))) return null;
  if (!(confirm === undefined || typeof confirm === 'boolean')) return null;
  if (!(queued === undefined || isQueued(queued)) || !(position === undefined || isPosition(position))) return null;
  const known = { ...(confirm && { confirm }), ...(queued && { queued }), ...(position && { position }) };
  return { ...known, ...(attempt !== undefined && { attempt: attempt as number }) };
}

/**
 * Makes one of two resyncs of a scope that are asked for at once: one that begins a chain queues everything, and so goes before one
 * that goes on.
 */
export function mergedChain(a: ResyncChain | null, b: ResyncChain): ResyncChain {
  if (a === null) return b;
  const isBeginning = ({ queued, position }: ResyncChain): boolean => queued === undefined && position === undefined;
  const { confirm = b.confirm, ...rest } = isBeginning(b) && !isBeginning(a) ? b : a;
  return { ...rest, ...((confirm || a.confirm) && { confirm: true }) };
}

function isQueued(value: unknown): value is Queued {
  const { first, last } = (value ?? {}) as Partial<Queued>;
  return Number.isFinite(first) && Number.isFinite(last);
}

/** Only graphdrop itself writes these: one of another version of it is no reason to stop. */
function isPosition(value: unknown): value is ResyncPosition {
  const { definition, root } = (value ?? {}) as Partial<ResyncPosition>;
  return typeof definition === 'string' && typeof root === 'string';
}

/** When a chain of resyncs has queued what was out of date, in ms since 1970. Its messages carry it. */
export interface Queued {
  readonly first: number;
  readonly last: number;
}

/** Milliseconds before which queued keys are surely still being worked on. */
const LEAST_MS = 10 * 60_000;

/** Tells whether keys are queued (again): at first, then after pauses that double, for messages may have been lost. */
export function isDue(queued: Queued | undefined, now: number): boolean {
  if (queued === undefined) return true;
  return now - queued.last >= Math.max(LEAST_MS, queued.last - queued.first);
}

/** Notes that keys were queued. */
export function queuedAt(queued: Queued | undefined, now: number): Queued {
  return { first: queued?.first ?? now, last: now };
}

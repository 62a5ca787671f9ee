import type { ScopeStatus } from '../../insight/status.ts';
import type { Place } from '../place/place.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly about: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do. Undefined: nothing, or the text says it. */
  readonly remedy?: string;
}

/** What a look found. */
export type Found = Omit<Finding, 'about'>;

/** Tells how the place's objects stand. They are listed once, however many looks are about them. */
export type Status = () => Promise<ScopeStatus>;

/** A look at one thing, by its name. */
export type Look = readonly [about: string, lookAt: (place: Place, status: Status) => Promise<Found>];

/** Tells that a thing is in order. */
export function ok(found: string): Found {
  return { ok: true, found };
}

/** Tells that a thing isn't in order, and what to do. */
export function wrong(found: string, remedy: string): Found {
  return { ok: false, found, remedy };
}

import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { Applied } from './commit-outcome.ts';

/** Objects that are read while others are committed. None of its methods may throw. */
export interface ChangeSupply {
  /** Called whenever the database works on a batch, or the lease is waited for: there is time for something else. */
  onIdle(): void;
  /** Returns objects that were read meanwhile, worth about so many changed rows; none: nothing waits. Each is given once. */
  take(rows: number): readonly ObjectChange[];
  /** Called with the objects that a batch brought up to date: what they hold in memory isn't needed any more. */
  onApplied(applied: ReadonlyMap<string, Applied>): void;
}

import type { RejectedObjectError } from '../files/rejection.ts';
import type { Count } from '../neo4j/statements/statement.ts';
import type { ObjectEntry } from '../state/object-entry.ts';
import type { Effect } from './slices.ts';

/** How one object was brought up to date. */
export interface Applied extends Effect {
  /** Whether that took a change of tracked state. */
  readonly changed: boolean;
  /** Null: it is gone. */
  readonly entry: ObjectEntry | null;
}

/** What committing some changes led to. */
export interface CommitOutcome {
  /**
   * Objects that are up to date. Runners-up that had to be applied are among them.
   */
  readonly applied: Map<string, Applied>;
  readonly rejected: Map<string, RejectedObjectError>;
  /** Objects that the database fails at whatever is tried, which may be its own fault, and the error. */
  readonly setAside: Map<string, unknown>;
  /** Objects that changed in the bucket after they were read, or for which time was up: to be read again. */
  readonly stale: Set<string>;
  readonly counts: Map<Count, number>;
  readonly transactions: number;
  /** The database was found to be replaced: a resync must bring it back to what the files say. */
  readonly replaced: boolean;
  /** What kept the other objects from being applied: ScopeBusyError, or the last error when retrying didn't help. */
  readonly failure: { readonly error: unknown } | null;
}

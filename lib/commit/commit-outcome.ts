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

/** What committing some changes has led to until now. */
export class CommitOutcome {
  /** Objects that are up to date. Runners-up that had to be applied are among them. */
  readonly applied = new Map<string, Applied>();
  readonly rejected = new Map<string, RejectedObjectError>();
  /** Objects that the database fails at whatever is tried, which may be its own fault, and the error. */
  readonly setAside = new Map<string, unknown>();
  /** Objects that changed in the bucket after they were read, or for which time was up: to be read again. */
  readonly stale = new Set<string>();
  readonly counts = new Map<Count, number>();
  transactions = 0;
  /** Whether the database was found to be replaced: a resync must bring it back to what the files say. */
  replaced = false;
  /** What kept the other objects from being applied: ScopeBusyError, or the last error when retrying didn't help. */
  failure: { readonly error: unknown } | null = null;

  /** Counts a transaction. @param counts rows that it changed, by kind */
  committed(counts: ReadonlyMap<Count, number>): void {
    this.transactions += 1;
    for (const [kind, count] of counts) this.counts.set(kind, (this.counts.get(kind) ?? 0) + count);
  }
}

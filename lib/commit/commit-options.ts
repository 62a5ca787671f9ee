import type { RestoredRow } from '../reconcile/batch.ts';

/** What else a commit does, and until when. */
export interface CommitOptions {
  /** Rows that the graph lost, or has otherwise than files declare them: written again, as their winners say. Default: none. */
  readonly lost?: readonly RestoredRow[];
  /**
   * Ms since 1970: no batch but the first begins later, and until then the lease is waited for. Default: none, and `leaseWaitMs` for
   * the lease.
   */
  readonly deadline?: number;
  /** Called whenever the database works on a batch, or the lease is waited for: there is time for something else. Must not throw. */
  readonly onIdle?: () => void;
}

import type { RestoredRow } from '../reconcile/batch.ts';
import type { ChangeSupply } from './change-supply.ts';

/** What else a commit does, and until when. */
export interface CommitOptions {
  /** Rows that the graph lost, or has otherwise than files declare them: written again, as their winners say. Default: none. */
  readonly lost?: readonly RestoredRow[];
  /**
   * Ms since 1970: no batch but the first begins later, and until then the lease is waited for. Default: none, and `leaseWaitMs` for
   * the lease.
   */
  readonly deadline?: number;
  /** Objects that are read meanwhile, to be taken with the same lease. Default: none. */
  readonly supply?: ChangeSupply;
}

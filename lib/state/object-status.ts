import type { Note } from '../files/notes.ts';
import type { VersionName } from '../files/object-store.ts';
import type { Problem, ProblemCount } from '../files/problems.ts';
import type { RejectedBy } from '../files/rejection.ts';

/** How an object stands, for people: never the truth, which is the tree. */
export interface ObjectStatus {
  readonly key: string;
  /**
   * `unread`: its bytes can't be had (archived, not permitted, hanging); the graph has what was in force before. `unmatched`: it is where a
   * source's objects are, and no source matches its key.
   */
  readonly state: 'applied' | 'rejected' | 'deleted' | 'unread' | 'unmatched';
  readonly etag: string;
  /** Fingerprint of the source that read it. */
  readonly source: string;
  /** Rows the object declares. */
  readonly rows?: number;
  /** Rows that the version before declared and this one doesn't; left out: none, or a worker died meanwhile. */
  readonly removed?: number;
  /** Of a rejected version, where the bucket has versions. */
  readonly versionId?: string;
  /** Where content was rejected, or workers died: the oldest version below it, in an unbroken row, of which the same holds. */
  readonly rejectedDownTo?: VersionName | undefined;
  /** True where older versions have yet to be read: what is in force isn't known. */
  readonly searching?: true;
  /** Ends of its edges that no file declared when it was applied, and that were no stubs of other edges; left out: none. */
  readonly undeclaredEnds?: { readonly count: number; readonly first: readonly string[] };
  /** Where a version was rejected: ETag of the one that is in force instead. Undefined: none. */
  readonly inForce?: string;
  /** Fingerprint of the source that read that one; empty: rows or values of it were taken away since. */
  readonly inForceSource?: string;
  /** What rejected it: see `RejectedObjectError`. */
  readonly by?: RejectedBy;
  /** Why it was rejected, or could not be read. */
  readonly reason?: string;
  readonly problems?: readonly Problem[];
  /** The problems as `key:line field: problem, got ..., expected ...`. */
  readonly lines?: readonly string[];
  /** All problems by kind. */
  readonly counts?: readonly ProblemCount[];
  /** Records of the version in force that were left out, and the object of the bucket that lists them. */
  readonly skipped?: { readonly records: number; readonly listedIn: string };
  /** What the version in force was accepted with, but not as it stands in the file; left out: nothing, or a worker died meanwhile. */
  readonly notes?: readonly Note[];
  /** Which version is being read that workers have died of, or may have, and how often that was begun. */
  readonly begun?: {
    readonly etag: string;
    readonly versionId?: string;
    readonly source: string;
    readonly times: number;
  };
  /** ISO time of the decision. */
  readonly at: string;
  /** Milliseconds from when the applied version was put into the bucket until the decision, where that is known. */
  readonly lagMs?: number;
}

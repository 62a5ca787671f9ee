import type { Note } from '../files/notes.ts';
import type { Problem, ProblemCount } from '../files/problems.ts';

/** What a sync did. */
export interface SyncReport {
  /** The scope, `<context>@<database>`. */
  readonly scope: string;
  /** Objects looked at. */
  objects: number;
  /** Of them: no source matches their key, and it isn't one that is ignored. */
  unmatched: number;
  /** Of them: nothing to do. */
  skipped: number;
  /** Of them: applied, deletions too. */
  applied: number;
  /** Rows that the applied objects declare. */
  rowsDeclared: number;
  /** Rows that the applied objects declared before, and no longer do. */
  rowsRemoved: number;
  /** Ends of the applied objects' edges that no file declares, and that became stubs. */
  endsUndeclared: number;
  /** Declarations of the applied objects that lost to another of the same row in the same object, with other values. */
  rowsReplaced: number;
  /** Records of the applied objects that were left out: their source says `onInvalid: 'skip'`. */
  recordsSkipped: number;
  nodesUpserted: number;
  nodesDeleted: number;
  relationsUpserted: number;
  relationsDeleted: number;
  /** Neo4j transactions that were committed. */
  transactions: number;
  rejected: Rejection[];
  /** Applied objects of which something wasn't taken as it stands in the file. */
  noted: Noted[];
  /** Objects that could not be read, or that the database fails at, whatever is tried again at once: nothing was done about them. */
  unread: Unread[];
  /** Objects that kept changing while they were read, or for which time was up: to be looked at again. */
  readonly unsettled: string[];
  /** Of the unsettled: a part of it is done, results of its source's function that are kept. */
  readonly advanced: string[];
  /** The database was found to be restored or wiped: a resync must follow. */
  replaced: boolean;
}

export interface Rejection {
  readonly key: string;
  readonly reason: string;
  /** The first 20 by line. */
  readonly problems: readonly Problem[];
  /** The same as `key:line field: problem, got ..., expected ...`. */
  readonly lines: readonly string[];
  /** All problems by kind. */
  readonly counts: readonly ProblemCount[];
}

export interface Noted {
  readonly key: string;
  readonly notes: readonly Note[];
}

export interface Unread {
  readonly key: string;
  readonly reason: string;
}

/** Returns the report of a sync that has done nothing yet. */
export function emptyReport(scope: string): SyncReport {
  return {
    scope,
    objects: 0,
    unmatched: 0,
    skipped: 0,
    applied: 0,
    rowsDeclared: 0,
    rowsRemoved: 0,
    endsUndeclared: 0,
    rowsReplaced: 0,
    recordsSkipped: 0,
    nodesUpserted: 0,
    nodesDeleted: 0,
    relationsUpserted: 0,
    relationsDeleted: 0,
    transactions: 0,
    rejected: [],
    noted: [],
    unread: [],
    unsettled: [],
    advanced: [],
    replaced: false,
  };
}

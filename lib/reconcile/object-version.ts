import type { Declaration } from '../definition/declaration.ts';
import type { Note } from '../files/notes.ts';
import type { ObjectHead } from '../files/object-store.ts';
import type { InvalidRecord } from '../files/problems.ts';
import type { KeyRange } from '../state/range-diff.ts';

/** Rows of one version that are too many for memory, in parts that each fit. A row is in one part, with all that declares it. */
export interface SpooledRows {
  /** Declarations written, those that lost among them. */
  readonly size: number;
  /** The range of row keys of each part, in order: all keys there are. */
  readonly parts: readonly KeyRange[];
  /** Declarations of the parts that were read until now that lost to another of the same row with other values. */
  readonly replaced: number;
  read(part: number): Promise<ReadonlyMap<string, Declaration>>;
  /** Gives the space back; nothing can be read any more. */
  close(): void;
}

/** What an object's rows are told apart from, where only those were read that differ. */
export interface ChangedSince {
  /** Root of the manifest of another version. */
  readonly manifest: string;
  /** Its rows that are gone. */
  readonly gone: ReadonlySet<string>;
}

/** One version of an object, read and declared. */
export interface ObjectVersion extends ObjectHead {
  /** Fingerprint of the source that read it. */
  readonly source: string;
  /** None, if they are spooled. */
  readonly rows: ReadonlyMap<string, Declaration>;
  readonly spooled?: SpooledRows;
  /** Then `rows` has those alone that are new or changed since another version. Default: it has all */
  readonly since?: ChangedSince;
  /** Bytes that the rows take in memory, about. Default: unknown, and little. */
  readonly rowBytes?: number;
  /** Declarations that lost to another of the same row in the same object, with other values. */
  readonly replacedRows: number;
  /** Records that were left out. */
  readonly skipped: readonly InvalidRecord[];
  /** What was accepted, but not as it stands in the file. */
  readonly notes: readonly Note[];
}

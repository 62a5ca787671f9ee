/** Reads again in which lines of its file an object declares rows. */
import type { RowFilter } from '../bucket/declare-rows.ts';
import { inTime } from '../bucket/in-time.ts';
import { readAccepted } from '../bucket/objects.ts';
import type { Declaration } from '../definition/declaration.ts';
import type { Scope } from '../scope.ts';
import type { ObjectEntry } from '../state/object-entry.ts';

/** What a file says of rows. */
export interface DeclaredLines {
  /** By row, the lines (or records) that declare it; of several the last counts. */
  readonly lines: ReadonlyMap<string, readonly number[]>;
  readonly rows: ReadonlyMap<string, Declaration>;
}

/** Keeps some rows, and notes the line of each. */
class LineNotes implements RowFilter {
  readonly lines = new Map<string, number[]>();
  readonly #wanted: ReadonlySet<string>;

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  has(row: string, line: number): boolean {
    if (!this.#wanted.has(row)) return false;
    const lines = this.lines.get(row) ?? [];
    if (!lines.includes(line)) this.lines.set(row, [...lines, line]);
    return true;
  }
}

/**
 * Reads the accepted version of an object for some rows.
 *
 * @param deadline ms since 1970: nothing is read later, and what is being read then is given up
 * @returns why they can't be had, in words, where that version is gone, can't be read, or time is up
 */
export async function declaredLines(
  scope: Scope,
  entry: ObjectEntry,
  rows: ReadonlySet<string>,
  deadline: number,
): Promise<DeclaredLines | string> {
  if (entry.etag === '') return 'only slices of the file are applied yet';
  const left = deadline - Date.now();
  if (left <= 0) return 'there was no time to read the file';
  const notes = new LineNotes(rows);
  try {
    const version = await inTime(
      signal => readAccepted(scope.asking(), entry, { only: notes, signal }),
      Math.min(left, MAX_MS),
    );
    return version === null
      ? 'the version that is in force is no longer in the bucket'
      : { lines: notes.lines, rows: version.rows };
  } catch (error) {
    return `the file could not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What a timer takes. */
const MAX_MS = 2 ** 31 - 1;

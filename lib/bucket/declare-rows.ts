import type { Declaration, Declared } from '../definition/declaration.ts';
import type { TableDefinition } from '../definition/definition.ts';
import type { Source } from '../definition/flow.ts';
import { PropertyNames } from '../definition/property-names.ts';
import { type SourceObject, tolerance } from '../definition/source-options.ts';
import { RowError } from '../errors.ts';
import type { ContentError } from '../files/content-error.ts';
import { shorten } from '../files/describe-value.ts';
import type { SourceRecord } from '../files/file-format.ts';
import { type Note, Notes } from '../files/notes.ts';
import { type InvalidRecord, InvalidRecords, MAX_PROBLEMS } from '../files/problems.ts';
import { readRecords, rejection } from '../files/read-records.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import type { SpooledRows } from '../reconcile/object-version.ts';
import { CollectedRows, type MostInMemory } from './collected-rows.ts';
import { ContradictionError, Duplicates } from './duplicates.ts';
import { noteOddKeys, noteOddVersion } from './odd-keys.ts';
import { type CallOptions, declarationsOf, type Outcome, SourceCalls } from './source-calls.ts';

/** What an object declares. */
export interface DeclaredRows {
  /** None, if they are spooled. */
  readonly rows: Map<string, Declaration>;
  readonly spooled?: SpooledRows;
  /** Bytes that the rows take in memory, about. */
  readonly rowBytes: number;
  readonly records: number;
  /** Of all records: more than there are rows where a row is declared twice. */
  readonly declarations: number;
  /** Names of properties by table, of tables without a schema. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** Whether the source's function asked for the object's size. */
  readonly followsSize: boolean;
  /** Declarations that lost to another of the same row in the same object, with other values. */
  readonly replaced: number;
  /** Records that the source's `onInvalid: 'skip'` left out, by line. */
  readonly skipped: readonly InvalidRecord[];
  /** What was accepted, but not as it stands in the file. */
  readonly notes: readonly Note[];
}

/** An object with its bytes. */
export interface SourceBody extends SourceObject {
  readonly bucket: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Says which rows of an object are wanted; a Set of them is one. */
export interface RowFilter {
  /** @param line of the record that declares the row */
  has(row: string, line: number): boolean;
}

/** Of one part of a problem: twenty of them must fit in an event and a status. */
const MAX_CHARACTERS = 500;

/** Which rows are wanted, and how they are come by. */
export interface DeclareOptions extends CallOptions {
  /** Keeps just these rows. Default: all. */
  readonly only?: RowFilter | undefined;
  /** How many rows are in memory: more are spooled. Default: all. */
  readonly most?: number | MostInMemory | undefined;
  /** Names of properties that the object is known to bring, by table. Default: none. */
  readonly names?: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * Reads an object's records and runs the source's function on each. What is wrong with one record leaves it out, whole, if the
 * source says so and there are no more of them than it tolerates.
 *
 * @throws RejectedObjectError for whatever is wrong with the content or what the function makes of it. An error of the
 *   function that has `retryable: true` passes through: the object is read again later.
 */
export async function declareRows(
  object: SourceBody,
  source: Source,
  tables: ReadonlyMap<string, TableDefinition>,
  { only, most = Number.POSITIVE_INFINITY, names: known, ...how }: DeclareOptions = {},
): Promise<DeclaredRows> {
  let followsSize = false;
  const about: SourceObject = {
    key: object.key,
    get size() {
      followsSize = true;
      return object.size;
    },
  };
  const invalid = new InvalidRecords(tolerance(source.options));
  const notes = new Notes();
  const rows = new CollectedRows(most, new Duplicates(tables, notes));
  const names = new PropertyNames(tables, known);
  const add = (declared: Declared | undefined, line: number) => {
    // All of a record's rows or none.
    const declarations = declarationsOf(declared);
    const unknown = declarations.find(({ table }) => !tables.has(table));
    if (unknown !== undefined) throw new RowError(unknown.table, '*', 'is not a table of this flow');
    for (const declaration of declarations) {
      names.add(declaration);
      const table = tables.get(declaration.table) as TableDefinition;
      noteOddKeys(table, declaration, line, notes);
      noteOddVersion(table, declaration, line, notes);
    }
    // Of a copy, for the function's own list may be of any subclass of Array.
    rows.add(only === undefined ? declarations : [...declarations].filter(({ row }) => only.has(row, line)), line);
  };
  const take = (record: SourceRecord, outcome: Outcome) => {
    if ('failure' in outcome) throw outcome.failure;
    try {
      if ('error' in outcome) throw outcome.error;
      add(outcome.declared, record.line);
    } catch (error) {
      if ((error as { retryable?: boolean } | null)?.retryable === true) throw error;
      if (error instanceof ContradictionError) return contradicted(invalid, error);
      const { kind, ...problem } = problemOf(error);
      invalid.add(record, [{ line: record.line, ...problem }], [kind]);
    }
  };
  let count = 0;
  const calls = new SourceCalls(source, about, how, take);
  try {
    for await (const records of readRecords(object, source.options, invalid, notes)) {
      count += records.length;
      for (const record of records) {
        const wait = calls.begin(record);
        if (wait === undefined) continue;
        await wait;
        // What is rejected in any case isn't worth many more calls of a service, say.
        if (!invalid.exceeded || invalid.total < MAX_PROBLEMS) continue;
        calls.stop();
        throw rejection(object, invalid);
      }
      if (invalid.exceeded) rows.giveUp();
    }
    await calls.finish();
    if (invalid.exceeded) throw rejection(object, invalid);
    const told = { skipped: invalid.kept, notes: notes.list, records: count, names: names.list, followsSize };
    return { ...finished(rows, invalid), ...told };
  } catch (error) {
    // Records before a fault of the file are told of, too.
    if (error instanceof RejectedObjectError) await calls.finish().catch(() => {});
    calls.stop();
    rows.close();
    if (error instanceof RejectedObjectError) throw rejection(object, invalid, error.cause as ContentError | undefined);
    if (invalid.exceeded && error instanceof RowError) throw rejection(object, invalid);
    throw error;
  }
}

/** Ends collecting. @throws ContradictionError that is told as a fault of the file */
function finished(rows: CollectedRows, invalid: InvalidRecords): ReturnType<CollectedRows['finish']> {
  try {
    return rows.finish();
  } catch (error) {
    if (error instanceof ContradictionError) contradicted(invalid, error);
    throw error;
  }
}

/** Notes a fault of the file: which of two records is wrong nothing tells, so none is left out, in memory as spooled. */
function contradicted(invalid: InvalidRecords, error: ContradictionError): void {
  const { kind, ...problem } = problemOf(error);
  invalid.fault({ line: error.line, ...problem }, kind);
}

function problemOf(error: unknown): { readonly kind: string; readonly field?: string; readonly problem: string } {
  if (error instanceof RowError) {
    // A column's name may come from the file.
    const field = shorten(`${error.table}.${error.column}`, MAX_CHARACTERS);
    return { kind: 'row', field, problem: shorten(error.problem, MAX_CHARACTERS) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'function', problem: `the source's function failed: ${shorten(message, MAX_CHARACTERS)}` };
}

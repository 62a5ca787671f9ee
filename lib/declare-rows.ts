import { shorten } from './files/describe-value.ts';
import { readRecords, rejection } from './files/read-records.ts';
import type { Declaration, Declared } from './graph/declaration.ts';
import { RowError } from './graph/errors.ts';
import { type Source, type SourceObject, tolerance } from './graph/flow.ts';
import { type InvalidRecord, InvalidRecords, MAX_PROBLEMS } from './graph/problems.ts';
import type { SourceRecord } from './graph/record-reader.ts';

/** What an object declares. */
export interface DeclaredRows {
  readonly rows: Map<string, Declaration>;
  /** Declarations that a later one of the same key in the same object replaced with other values. */
  readonly replaced: number;
  /** Records that the source's `onInvalid: 'skip'` left out, by line. */
  readonly skipped: readonly InvalidRecord[];
}

/** An object with its bytes. */
export interface SourceBody extends SourceObject {
  readonly bucket: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Of one part of a problem: twenty of them must fit in an event and a status. */
const MAX_CHARACTERS = 500;

/** Async source functions (an embedding, say) that run at once for one object. */
const PARALLEL_RECORDS = 32;

/**
 * Reads an object's records and runs the source's function on each. What is wrong with one record leaves it out, whole, if the
 * source says so and there are no more of them than it tolerates.
 *
 * @param only keeps just these rows; undefined: all
 * @throws RejectedObjectError for whatever is wrong with the content or what the function makes of it. An error of the
 *   function that has `retryable: true` passes through: it is nobody's fault and the object is read again later.
 */
export async function declareRows(
  object: SourceBody,
  source: Source,
  tables: ReadonlyMap<string, unknown>,
  only?: ReadonlySet<string>,
): Promise<DeclaredRows> {
  const about: SourceObject = { key: object.key, size: object.size };
  const rows = new Map<string, Declaration>();
  const invalid = new InvalidRecords(tolerance(source.options));
  let replaced = 0;
  const add = (declared: Declared) => {
    // All of a record's rows or none.
    const declarations = [...listOf(declared)];
    const unknown = declarations.find(({ table }) => !tables.has(table));
    if (unknown !== undefined) throw new RowError(unknown.table, '*', 'is not a table of this flow');
    for (const declaration of declarations) {
      const { row, fingerprint } = declaration;
      if (only?.has(row) === false) continue;
      const present = rows.get(row);
      if (present !== undefined && present.fingerprint !== fingerprint) replaced += 1;
      rows.set(row, declaration); // the last one wins
    }
  };
  for await (const records of readRecords(object, source.options, invalid)) {
    for (let start = 0; start < records.length; start += PARALLEL_RECORDS) {
      const window = records.slice(start, start + PARALLEL_RECORDS);
      const results = window.map(record => call(source, record, about));
      for (const [index, result] of results.entries()) {
        const record = window[index] as SourceRecord;
        try {
          const outcome = result instanceof Promise ? await result : result;
          if ('error' in outcome) throw outcome.error;
          add(outcome.declared);
        } catch (error) {
          if ((error as { retryable?: boolean } | null)?.retryable === true) throw error;
          const { kind, ...problem } = problemOf(error);
          invalid.add(record, [{ line: record.line, ...problem }], [kind]);
        }
      }
      if (invalid.exceeded) rows.clear();
      // What is rejected in any case isn't worth many more calls of a service, say.
      if (invalid.exceeded && invalid.total >= MAX_PROBLEMS && results.some(result => result instanceof Promise)) {
        throw rejection(object, invalid);
      }
    }
  }
  if (invalid.exceeded) throw rejection(object, invalid);
  return { rows, replaced, skipped: invalid.kept };
}

type Outcome = { readonly declared: Declared } | { readonly error: unknown };

/** Never rejects: results are looked at in order, long after a later one may have failed. */
function call(source: Source, record: SourceRecord, about: SourceObject): Outcome | Promise<Outcome> {
  const failed = (error: unknown): Outcome => ({ error });
  try {
    const declared = source.declare(record.value, about);
    return declared instanceof Promise
      ? declared.then((value): Outcome => ({ declared: value }), failed)
      : { declared };
  } catch (error) {
    return failed(error);
  }
}

function listOf(declared: Declared): Iterable<Declaration> {
  if (declared === null || declared === undefined) return [];
  return Symbol.iterator in declared ? declared : [declared];
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

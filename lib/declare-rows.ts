import { readRecords } from './files/read-records.ts';
import type { Declaration, Declared } from './graph/declaration.ts';
import { type Problem, RejectedObjectError, RowError } from './graph/errors.ts';
import type { Source, SourceObject } from './graph/flow.ts';
import type { SourceRecord } from './graph/record-reader.ts';

/** What an object declares. */
export interface DeclaredRows {
  readonly rows: Map<string, Declaration>;
  /** Declarations that a later one of the same key in the same object replaced with other values. */
  readonly replaced: number;
}

/** An object with its bytes. */
export interface SourceBody extends SourceObject {
  readonly bucket: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: AsyncIterable<Uint8Array>;
}

const MAX_PROBLEMS = 20;

/** Async source functions (an embedding, say) that run at once for one object. */
const PARALLEL_RECORDS = 32;

/**
 * Reads an object's records and runs the source's function on each.
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
  const problems: Problem[] = [];
  let replaced = 0;
  const add = (declared: Declared) => {
    for (const declaration of listOf(declared)) {
      const { table, row, fingerprint } = declaration;
      if (!tables.has(table)) throw new RowError(table, '*', 'is not a table of this flow');
      if (only?.has(row) === false) continue;
      const present = rows.get(row);
      if (present !== undefined && present.fingerprint !== fingerprint) replaced += 1;
      rows.set(row, declaration); // the last one wins
    }
  };
  for await (const records of readRecords(object, source.options)) {
    for (let start = 0; start < records.length; start += PARALLEL_RECORDS) {
      const window = records.slice(start, start + PARALLEL_RECORDS);
      const results = window.map(record => call(source, record, about));
      for (const [index, result] of results.entries()) {
        try {
          const outcome = result instanceof Promise ? await result : result;
          if ('error' in outcome) throw outcome.error;
          add(outcome.declared);
        } catch (error) {
          if ((error as { retryable?: boolean } | null)?.retryable === true) throw error;
          problems.push(problemOf(window[index]?.line, error));
        }
      }
      if (problems.length >= MAX_PROBLEMS) break;
    }
    if (problems.length >= MAX_PROBLEMS) break;
  }
  if (problems.length > 0) throw rejection(object, problems.slice(0, MAX_PROBLEMS));
  return { rows, replaced };
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

function problemOf(line: number | undefined, error: unknown): Problem {
  const at = line === undefined ? {} : { line };
  if (error instanceof RowError) return { ...at, field: `${error.table}.${error.column}`, problem: error.problem };
  return { ...at, problem: `the source's function failed: ${error instanceof Error ? error.message : String(error)}` };
}

function rejection(object: SourceBody, problems: readonly Problem[]): RejectedObjectError {
  return new RejectedObjectError({ bucket: object.bucket, key: object.key }, problems);
}

import type { StandardSchemaV1 } from '@standard-schema/spec';
import { FLOAT_COLUMNS, type WithFloats } from '../values/float-columns.ts';
import { describeValue, shorten } from './describe-value.ts';
import { didYouMean } from './did-you-mean.ts';
import type { SourceRecord } from './file-format.ts';
import type { Problem } from './problems.ts';

/** A record with its schema's output as value, or what is wrong with it (at least one problem). */
export type Validated =
  | { readonly record: SourceRecord; readonly problems?: undefined }
  | {
      readonly problems: readonly Problem[];
      /** Of each problem: see `ProblemCount`. */
      readonly kinds: readonly string[];
    };

const MAX_EXPECTATION_CHARACTERS = 200;
/** Names of a record that are compared with one that is missing: each costs as much as it is long, once for each missing one. */
const MAX_CANDIDATES = 200;

/**
 * Validates one record by a Standard Schema (https://standardschema.dev). A promise only where the schema gives one, so
 * that a synchronous schema costs no `await` a record.
 *
 * A problem says what was expected in the schema's own words, and what was got. A schema that throws counts as a
 * problem of this record (its refinements are the user's code, and repeating the read wouldn't help).
 */
export function validateRecord(schema: StandardSchemaV1, record: SourceRecord): Validated | Promise<Validated> {
  try {
    const result = schema['~standard'].validate(record.value);
    if (!(result instanceof Promise)) return outcome(record, result);
    return result.then(
      settled => outcome(record, settled),
      error => thrown(record, error),
    );
  } catch (error) {
    return thrown(record, error);
  }
}

function outcome(record: SourceRecord, result: StandardSchemaV1.Result<unknown>): Validated {
  if (result.issues === undefined) {
    const { line, number } = record;
    const value = withFloats(record.value, result.value);
    return { record: number === undefined ? { line, value } : { line, number, value } };
  }
  const kinds = result.issues.map(issue => (issue as { code?: unknown }).code);
  return {
    problems: result.issues.map(issue => problemOf(record, issue)),
    kinds: kinds.map(code => (typeof code === 'string' ? code : 'invalid')),
  };
}

/** Marks a schema's output with the FLOAT columns of its input. */
function withFloats(input: unknown, output: unknown): unknown {
  const floats = (input as WithFloats | null | undefined)?.[FLOAT_COLUMNS];
  if (floats !== undefined && typeof output === 'object' && output !== null && Object.isExtensible(output))
    (output as WithFloats)[FLOAT_COLUMNS] = floats;
  return output;
}

function problemOf({ line, value }: SourceRecord, issue: StandardSchemaV1.Issue): Problem {
  const path = (issue.path ?? []).map(segment => (typeof segment === 'object' ? segment.key : segment));
  const got = describeValue(path.reduce<unknown>(at, value));
  // zod and others say `Invalid input: expected string, received number`: what was received is told with its value.
  const said = /^(.*?): expected (.*?)(?:, received [^,]*)?$/s.exec(issue.message);
  const [, what = issue.message, expected] = said ?? [];
  const parts = [shorten(what, MAX_EXPECTATION_CHARACTERS), `got ${got}`];
  if (expected !== undefined) parts.push(`expected ${shorten(expected, MAX_EXPECTATION_CHARACTERS)}`);
  const missing = path.length === 1 && got === 'nothing' && typeof value === 'object' && value !== null;
  const meant = missing ? didYouMean(String(path[0]), Object.keys(value).slice(0, MAX_CANDIDATES)) : undefined;
  if (meant !== undefined) parts.push(`did you mean the file's ${shorten(JSON.stringify(meant))}?`);
  const problem = parts.join(', ');
  return path.length === 0
    ? { line, problem }
    : { line, field: shorten(path.map(String).join('.'), MAX_EXPECTATION_CHARACTERS), problem };
}

function thrown({ line, value }: SourceRecord, error: unknown): Validated {
  const message = shorten(String(error), MAX_EXPECTATION_CHARACTERS);
  const problem = `the schema threw ${message}, got ${describeValue(value)}`;
  return { problems: [{ line, problem }], kinds: ['invalid'] };
}

/** Own fields only: what a prototype has was not in the file. */
function at(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<PropertyKey, unknown>)[key];
}

import { JsonElements } from '../files/json/json-elements.ts';
import { isDeepText, MAX_DEPTH } from './depth.ts';
import { allowedText } from './query-policy.ts';
import { EXECUTION_FAILED, INVALID_FORMAT, StatementError } from './statement-error.ts';

/** How the records of a result are written: values with their `meta`, or the nodes and relationships in them. */
export type ResultContent = 'row' | 'graph';

/** One statement of a request. Integers of `parameters` are bigints, other numbers are floats. */
export interface QueryStatement {
  readonly text: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** In this order, in each entry of `data`. */
  readonly contents: readonly ResultContent[];
  readonly includeStats: boolean;
}

const START = /^\s*\{\s*("(?:[^"\\]|\\.)*")\s*:\s*\[/;
const CANNOT_PARSE = 'Could not parse the incoming JSON';
const CANNOT_MAP = 'Could not map the incoming JSON';
/** By properties like these the driver knows its own types: a map with one would be taken for such a value. */
const DRIVER_MARK = /^__is[A-Z]\w*__$/;

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * Reads `{ "statements": [...] }` as Neo4j's server does: one statement at a time, so that those before a malformed one
 * are run. What follows the list isn't looked at, and an empty body has no statements.
 *
 * @param stored the only statements that are run. Null: any is
 * @throws StatementError in the server's words
 */
export function* readStatements(
  body: Uint8Array,
  stored: ReadonlyMap<string, string> | null = null,
): Generator<QueryStatement, void, undefined> {
  const text = decode(body);
  if (text.trim() === '') return;
  const start = START.exec(text);
  if (start === null || parse(start[1] ?? '') !== 'statements') throw wrongStart(text);
  const elements = new JsonElements(Number.POSITIVE_INFINITY, MAX_DEPTH);
  try {
    for (const found of elements.elements(text.slice(start[0].length - 1)))
      yield statementOf(parse(found.text), stored);
    for (const found of elements.end()) yield statementOf(parse(found.text), stored);
  } catch (error) {
    if (error instanceof StatementError) throw error;
    if (!elements.ended) throw new StatementError(INVALID_FORMAT, CANNOT_PARSE, { cause: error });
  }
}

/** A statement from the value of its JSON, integers as bigints. @throws StatementError in the server's words */
export function statementOf(given: unknown, stored: ReadonlyMap<string, string> | null = null): QueryStatement {
  if (!isMap(given)) throw new StatementError(INVALID_FORMAT, 'No statement provided.');
  const statement = stored === null ? given.statement : allowedText(stored, given.name, given.statement);
  const { parameters = null, resultDataContents = null, includeStats = false } = given;
  if (typeof statement === 'object' && statement !== null) throw new StatementError(INVALID_FORMAT, CANNOT_MAP);
  if (parameters !== null && !isMap(parameters)) throw new StatementError(INVALID_FORMAT, CANNOT_MAP);
  if (resultDataContents !== null && !Array.isArray(resultDataContents)) {
    throw new StatementError(INVALID_FORMAT, CANNOT_MAP);
  }
  if (typeof includeStats !== 'boolean') throw new StatementError(INVALID_FORMAT, CANNOT_PARSE);
  if (statement === undefined || statement === null) throw new StatementError(INVALID_FORMAT, 'No statement provided.');
  refuseUnusable(parameters);
  const contents = (resultDataContents ?? []).map(contentOf);
  return {
    text: String(statement),
    parameters: parameters ?? {},
    contents: contents.length === 0 ? ['row'] : contents,
    includeStats,
  };
}

/** The value of a JSON text: integers are bigints, other numbers floats. @throws StatementError */
function parse(text: string): unknown {
  if (isDeepText(text)) throw new StatementError(INVALID_FORMAT, CANNOT_PARSE);
  try {
    return JSON.parse(text, (_key, value, context?: { readonly source?: string }) =>
      typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? '') : value,
    );
  } catch (error) {
    throw new StatementError(INVALID_FORMAT, CANNOT_PARSE, { cause: error });
  }
}

/** Decodes UTF-8. @throws StatementError */
function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (error) {
    throw new StatementError(INVALID_FORMAT, CANNOT_PARSE, { cause: error });
  }
}

function contentOf(name: unknown): ResultContent {
  const lower = typeof name === 'string' ? name.toLowerCase() : name;
  if (lower === 'row' || lower === 'graph') return lower;
  throw new StatementError(EXECUTION_FAILED, `Invalid result data content specifier: ${String(name)}`);
}

/** @throws StatementError for an integer of more than 64 bits, and for a map that the driver would take for something else */
function refuseUnusable(value: unknown): void {
  if (typeof value === 'bigint' && (value < MIN_INT64 || value > MAX_INT64)) {
    throw new StatementError(EXECUTION_FAILED, `Unsupported type of Number ${value}`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (DRIVER_MARK.test(key)) {
      throw new StatementError(INVALID_FORMAT, `The key ${key} of a parameter is not possible here: rename it`);
    }
    refuseUnusable(item);
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the server says of a body that doesn't begin as it should: which tokens its parser met first. */
function wrongStart(text: string): StatementError {
  const value = parse(text);
  const [first] = isMap(value) ? Object.keys(value) : [];
  const prefix = 'Unable to deserialize request. Expected';
  if (first !== undefined && first !== 'statements') {
    return new StatementError(INVALID_FORMAT, `${prefix} first field to be 'statements', but was '${first}'.`);
  }
  const found: string[] = [];
  for (const token of tokens(value)) if (found.push(token) === 3) break;
  while (found.length < 3) found.push('null');
  return new StatementError(
    INVALID_FORMAT,
    `${prefix} [START_OBJECT, FIELD_NAME, START_ARRAY], found [${found.join(', ')}].`,
  );
}

/** The tokens of a value. Only the first few are asked for: each costs as much as it is deep. */
function* tokens(value: unknown): Generator<string, void, undefined> {
  if (Array.isArray(value)) {
    yield 'START_ARRAY';
    for (const item of value) yield* tokens(item);
    yield 'END_ARRAY';
  } else if (isMap(value)) {
    yield 'START_OBJECT';
    for (const item of Object.values(value)) {
      yield 'FIELD_NAME';
      yield* tokens(item);
    }
    yield 'END_OBJECT';
  } else if (typeof value === 'bigint') yield 'VALUE_NUMBER_INT';
  else if (typeof value === 'number') yield 'VALUE_NUMBER_FLOAT';
  else if (typeof value === 'string') yield 'VALUE_STRING';
  else yield `VALUE_${String(value).toUpperCase()}`;
}

/** Reading of what a server, or what stands before it, answers: within limits, and with errors that say what it was instead. */
import { Neo4jError } from 'neo4j-driver';
import { GraphdropError } from '../../errors.ts';
import type { ResultRow } from '../graph-database.ts';
import { RequestTooLargeError } from './json-list.ts';

/** The server has no endpoint that graphdrop can use. */
export class EndpointError extends GraphdropError {
  readonly code = 'ENDPOINT';
}

/** The server answers with more than a worker's memory takes: asking for less may help. */
export class AnswerTooLargeError extends GraphdropError {
  readonly code = 'ANSWER_TOO_LARGE';
}

/** A page of 1,000 rows that verify reads takes some 70 MB if each has a vector of 1,536 elements. */
const MAX_ANSWER_BYTES = 100_000_000;

/** Characters of an error's or discovery document's answer that are read. */
const MAX_BEGINNING = 100_000;

/**
 * Decodes the text of an answer as it comes.
 *
 * @throws Neo4jError `ServiceUnavailable` if it breaks off, AnswerTooLargeError
 */
export async function* textOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let size = 0;
  for await (const bytes of bytesOf(body)) {
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) throw new AnswerTooLargeError(`an answer has over ${MAX_ANSWER_BYTES} bytes`);
    yield decoder.decode(bytes, { stream: true });
  }
}

async function* bytesOf(body: Response['body']): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of body ?? []) yield bytes;
  } catch (error) {
    throw lost(error);
  }
}

/** Reads what an answer says in its first characters: what is longer is neither an error nor a discovery document. */
export async function beginningOf(response: Response): Promise<string> {
  let text = '';
  for await (const chunk of textOf(response)) {
    text += chunk;
    if (text.length > MAX_BEGINNING) break;
  }
  return text.slice(0, MAX_BEGINNING);
}

/**
 * Reads an answer of success.
 *
 * @throws EndpointError for what isn't in the form that Neo4j's documentation says
 */
export async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Neo4jError || error instanceof GraphdropError) throw error;
    const { name } = error as Error; // its message may quote the answer
    throw new EndpointError(`the answer (${name}) is not Neo4j's: the connection uri must lead to Neo4j's HTTP port`, {
      cause: error,
    });
  }
}

/** Makes a row of the values of an answer, read one by one. @throws EndpointError unless there is one for each column */
export function rowOf<T>(fields: readonly string[], values: readonly T[], read: (value: T) => unknown): ResultRow {
  // Rows of nothing would take no room in the answer, and all of the memory.
  if (values.length !== fields.length || fields.length === 0)
    throw new EndpointError(`an answer has a row of ${values.length} values under ${fields.length} columns`);
  return Object.fromEntries(values.map((value, index) => [fields[index] as string, read(value)]));
}

/** Returns the error of an answer that ended too early: what was asked for may have happened. */
export function halfAnswer(): Neo4jError {
  return neo4jError('the answer of the database ended in the middle', 'ServiceUnavailable');
}

/** Returns an error of the driver's class, so that all transports have one. `cause`: no answer came. */
function neo4jError(message: string, code: string, cause?: Error): Neo4jError {
  return new Neo4jError(message, code, '50N42', 'general processing exception', undefined, cause);
}

/** Returns the error that an answer tells of. */
export function toldError(code: unknown, message: unknown): Error {
  const words = typeof message === 'string' ? message : '';
  if (typeof code === 'string' && code.startsWith('Neo.')) return neo4jError(words, code);
  return new EndpointError(`an answer tells of an error without a code of Neo4j's: ${words.slice(0, 200)}`);
}

/** Neo4j's own words, in any of its formats: as `"Neo..."`, or with the type of the text, `{"U": "Neo..."}`. */
const CODE = /"code"\s*:\s*(?:\{"U":)?"(Neo\.[\w.]+)"/;
const MESSAGE = /^"message"\s*:\s*(?:\{"U":)?("(?:[^"\\]|\\.)*")/;

/** Returns the error of an answer that isn't what was asked for: in Neo4j's words, or by status if it is from a proxy. */
export async function refusal(response: Response): Promise<Error> {
  const text = await beginningOf(response).catch(() => '');
  const code = CODE.exec(text)?.[1];
  if (code !== undefined) return neo4jError(messageOf(text), code);
  const { status } = response;
  const message = `got HTTP status ${status} for a statement`;
  if (status === 401 || status === 403) return neo4jError(message, 'Neo.ClientError.Security.Unauthorized');
  if (status === 413) return new RequestTooLargeError(message);
  if (status === 408 || status === 429 || status >= 500) return neo4jError(message, 'ServiceUnavailable');
  return new EndpointError(`${message}: the connection uri must lead to Neo4j's HTTP port`);
}

function messageOf(text: string): string {
  try {
    return JSON.parse(MESSAGE.exec(text.slice(text.indexOf('"message"')))?.[1] ?? '""') as string;
  } catch {
    return '';
  }
}

/** Returns the error of no answer, or half of one. After the time limit it counts as the server's timeout: less may do. */
export function lost(error: unknown): Neo4jError {
  if ((error as Error).name === 'TimeoutError') {
    const code = 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration';
    return neo4jError('the database did not answer in time', code, error as Error);
  }
  const cause = (error as Error).cause as (Error & { code?: string }) | undefined;
  return neo4jError(
    `the connection to the database was lost (${cause?.code ?? (error as Error).name})`,
    'ServiceUnavailable',
    error as Error,
  );
}

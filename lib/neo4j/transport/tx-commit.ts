import { isFailedCheck } from '../error-class.ts';
import type { ResultRow } from '../graph-database.ts';
import { checkedText } from './batch-parts.ts';
import { EndpointError, halfAnswer, reading, rowOf, textOf, toldError } from './http-answer.ts';
import type { HttpClient } from './http-client.ts';
import type { BatchPart, HttpEndpoint, Query } from './http-endpoint.ts';
import { type Failure, fromJolt, type Jolt, joltEvents } from './jolt.ts';
import { jsonMap } from './json-list.ts';
import { toPlainJson } from './plain-json.ts';

/** One line a row, each value with its type. Of both versions of it this one is not deprecated. */
const JOLT = 'application/vnd.neo4j.jolt-v2;strict=true';

/** A row, and which statement of the request it is of. */
interface StatementRow {
  readonly statement: number;
  readonly fields: readonly string[];
  readonly values: readonly Jolt[];
}

/**
 * Neo4j's HTTP API, `POST /db/{database}/tx/commit`: one request is some statements in one transaction, which is committed when
 * the answer is complete. https://neo4j.com/docs/http-api/current/query/
 */
export class TxCommit implements HttpEndpoint {
  readonly form = 'json';
  readonly #client: HttpClient;
  readonly #address: string;

  constructor(client: HttpClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  async run(query: Query, timeoutMs: number): Promise<ResultRow[]> {
    const response = await this.#send([query], timeoutMs);
    return await reading(async () => {
      const rows: ResultRow[] = [];
      for await (const { fields, values } of rowsOf(response)) {
        rows.push(rowOf(fields, values, fromJolt));
      }
      return rows;
    });
  }

  async transact(parts: readonly BatchPart[], timeoutMs: number): Promise<unknown[] | null> {
    const answers: unknown[] = [];
    const queries = parts.map(part => ({ ...part, text: checkedText(part) }));
    const response = await this.#send(queries, timeoutMs);
    try {
      await reading(async () => {
        for await (const { statement, values } of rowsOf(response)) answers[statement] = fromJolt(values[0] ?? null);
      });
    } catch (error) {
      if (isFailedCheck(error) && answers.length === 0) return null;
      throw error;
    }
    return answers;
  }

  async #send(queries: readonly Query[], timeoutMs: number): Promise<Response> {
    const statements = queries.map(
      ({ text, parameters }) =>
        `{"statement":${JSON.stringify(text)},"parameters":${jsonMap(parameters, toPlainJson)}}`,
    );
    const headers = {
      'content-type': 'application/json',
      accept: JOLT,
      'access-mode': 'WRITE', // a cluster without server-side routing takes it for READ
      'max-execution-time': String(Math.ceil(timeoutMs)),
    };
    const body = `{"statements":[${statements.join(',')}]}`;
    return await this.#client.post(this.#address, { headers, body, timeoutMs });
  }
}

/** Gives the rows as they come. When the last has come, all is committed. */
async function* rowsOf(response: Response): AsyncGenerator<StatementRow> {
  let statement = -1;
  let fields: readonly string[] = [];
  let failure: Failure | null | undefined;
  let isComplete = false;
  for await (const event of joltEvents(textOf(response))) {
    if (event.error !== undefined) failure ??= event.error.errors[0] ?? null;
    if (event.header !== undefined) {
      statement += 1;
      fields = listOf(event.header.fields);
    }
    if (event.data !== undefined) yield { statement, fields, values: listOf(event.data) };
    isComplete = event.info !== undefined;
  }
  // Only at the end, when all was rolled back.
  if (failure === null) throw toldError(undefined, undefined);
  if (failure !== undefined) throw toldError(fromJolt(failure.code), fromJolt(failure.message));
  if (!isComplete) throw halfAnswer();
}

function listOf<T>(value: readonly T[]): readonly T[] {
  if (!Array.isArray(value)) throw new EndpointError('an answer has something else in the place of a list');
  return value;
}

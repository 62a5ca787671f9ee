import { checkedText } from './batch-parts.ts';
import type { ResultRow } from './graph-database.ts';
import { type HttpClient, halfAnswer, neo4jError, textOf } from './http-client.ts';
import type { HttpEndpoint, Part, Query } from './http-endpoint.ts';
import { type Failure, fromJolt, type Jolt, joltEvents } from './jolt.ts';
import { jsonMap } from './json-list.ts';
import { toPlainJson } from './plain-json.ts';

/** One line a row, each value with its type. Of both versions of it this one is not deprecated. */
const JOLT = 'application/vnd.neo4j.jolt-v2;strict=true';

/** A row, and which statement of the request it is of. */
interface Found {
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

  async run(query: Query, timeoutMs?: number): Promise<ResultRow[]> {
    const rows: ResultRow[] = [];
    for await (const { fields, values } of this.#send([query], timeoutMs)) {
      rows.push(Object.fromEntries(values.map((value, index) => [fields[index] ?? '', fromJolt(value)])));
    }
    return rows;
  }

  async transact(parts: readonly Part[], timeoutMs: number): Promise<unknown[] | null> {
    const answers: unknown[] = [];
    const queries = parts.map(part => ({ ...part, text: checkedText(part) }));
    try {
      for await (const { statement, values } of this.#send(queries, timeoutMs)) {
        answers[statement] = fromJolt(values[0] ?? null);
      }
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'Neo.ClientError.Statement.ArithmeticError' && answers.length === 0) return null;
      throw error;
    }
    return answers;
  }

  /** Gives the rows as they come. When the last has come, all is committed. */
  async *#send(queries: readonly Query[], timeoutMs?: number): AsyncGenerator<Found> {
    const statements = queries.map(
      ({ text, parameters }) =>
        `{"statement":${JSON.stringify(text)},"parameters":${jsonMap(parameters, toPlainJson)}}`,
    );
    const headers = {
      'content-type': 'application/json',
      accept: JOLT,
      'access-mode': 'WRITE', // a cluster without server-side routing takes it for READ
      ...(timeoutMs !== undefined && { 'max-execution-time': String(Math.ceil(timeoutMs)) }),
    };
    const body = `{"statements":[${statements.join(',')}]}`;
    const response = await this.#client.post(this.#address, { headers, body, timeoutMs });
    let statement = -1;
    let fields: readonly string[] = [];
    let failure: Failure | undefined;
    let isComplete = false;
    for await (const event of joltEvents(textOf(response))) {
      failure ??= event.error?.errors[0];
      if (event.header !== undefined) {
        statement += 1;
        fields = event.header.fields;
      }
      if (event.data !== undefined) yield { statement, fields, values: event.data };
      isComplete = event.info !== undefined;
    }
    // Only at the end, when all was rolled back.
    if (failure !== undefined) throw neo4jError(String(fromJolt(failure.message)), String(fromJolt(failure.code)));
    if (!isComplete) throw halfAnswer();
  }
}

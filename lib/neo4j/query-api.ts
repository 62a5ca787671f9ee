import { asOneQuery } from './batch-parts.ts';
import type { ResultRow } from './graph-database.ts';
import { type HttpClient, halfAnswer, neo4jError, refusal, textOf } from './http-client.ts';
import type { HttpEndpoint, Part, Query } from './http-endpoint.ts';
import { AnswerReader } from './query-answer.ts';
import { fromTypedJson, type Typed, toTypedFields } from './typed-json.ts';

const TYPED = 'application/vnd.neo4j.query';

/**
 * Neo4j's Query API, `POST /db/{database}/query/v2`: one request is one statement in a transaction of its own, which is
 * committed when the answer is complete. https://neo4j.com/docs/query-api/current/query/
 */
export class QueryApi implements HttpEndpoint {
  readonly form = 'typed';
  readonly #client: HttpClient;
  readonly #address: string;

  constructor(client: HttpClient, address: string) {
    this.#client = client;
    this.#address = address;
  }

  async run({ text, parameters }: Query, timeoutMs?: number): Promise<ResultRow[]> {
    const fields = [
      `"statement":${JSON.stringify(text)}`,
      `"parameters":${toTypedFields(parameters)}`,
      ...(timeoutMs === undefined ? [] : [`"maxExecutionTime":${Math.ceil(timeoutMs / 1000)}`]),
    ];
    const headers = { 'content-type': TYPED, accept: TYPED };
    const response = await this.#client.post(this.#address, { headers, body: `{${fields.join(',')}}`, timeoutMs });
    const reader = new AnswerReader();
    const rows: ResultRow[] = [];
    for await (const chunk of textOf(response)) {
      for (const row of reader.push(chunk)) rows.push(rowOf(reader.fields, row));
    }
    const answer = reader.end();
    const [error] = answer?.errors ?? [];
    if (error !== undefined) throw neo4jError(error.message ?? '', error.code ?? '');
    if (answer === null) throw halfAnswer();
    if (answer.data === undefined) throw await refusal(response);
    return rows;
  }

  async transact(parts: readonly Part[], timeoutMs: number): Promise<unknown[] | null> {
    const [row] = await this.run(asOneQuery(parts), timeoutMs);
    return row === undefined ? null : (row.answers as unknown[]);
  }
}

function rowOf(fields: readonly string[], json: string): ResultRow {
  const values = JSON.parse(json) as Typed[];
  return Object.fromEntries(values.map((value, index) => [fields[index] ?? '', fromTypedJson(value)]));
}

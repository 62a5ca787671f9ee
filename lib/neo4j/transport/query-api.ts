import type { ResultRow } from '../graph-database.ts';
import { asOneQuery } from './batch-parts.ts';
import { EndpointError, halfAnswer, reading, rowOf, textOf, toldError } from './http-answer.ts';
import type { HttpClient } from './http-client.ts';
import type { BatchPart, HttpEndpoint, Query } from './http-endpoint.ts';
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

  async run({ text, parameters }: Query, timeoutMs: number): Promise<ResultRow[]> {
    const fields = [
      `"statement":${JSON.stringify(text)}`,
      `"parameters":${toTypedFields(parameters)}`,
      `"maxExecutionTime":${Math.ceil(timeoutMs / 1000)}`,
    ];
    const headers = { 'content-type': TYPED, accept: TYPED };
    const response = await this.#client.post(this.#address, { headers, body: `{${fields.join(',')}}`, timeoutMs });
    return await reading(async () => {
      const reader = new AnswerReader();
      const rows: ResultRow[] = [];
      for await (const chunk of textOf(response)) {
        for (const row of reader.push(chunk))
          rows.push(rowOf(reader.fields, JSON.parse(row) as Typed[], fromTypedJson));
      }
      const answer = reader.end();
      const [error] = answer?.errors ?? [];
      if (error !== undefined) throw toldError(error.code, error.message);
      if (answer === null) throw halfAnswer();
      if (!Array.isArray(answer.data?.fields)) throw new EndpointError('an answer of success has no data');
      return rows;
    });
  }

  async transact(parts: readonly BatchPart[], timeoutMs: number): Promise<unknown[] | null> {
    const [row] = await this.run(asOneQuery(parts), timeoutMs);
    return row === undefined ? null : (row.answers as unknown[]);
  }
}

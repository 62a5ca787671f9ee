import type { Parameters, ResultRow } from './graph-database.ts';
import { EndpointError, type HttpClient } from './http-client.ts';
import type { ValueForm } from './parameter.ts';
import { QueryApi } from './query-api.ts';
import { TxCommit } from './tx-commit.ts';

export interface Query {
  readonly text: string;
  readonly parameters: Parameters;
}

/** One statement of several in a transaction. It returns one row with one value `n`. */
export interface Part extends Query {
  /** A Cypher condition on `n` and the part's parameters. Where it doesn't hold, nothing of the transaction is applied. */
  readonly check?: string;
}

/** What takes statements at an HTTP port. One request is one transaction, committed when the answer is complete. */
export interface HttpEndpoint {
  /** How values must be put into a batch's rows for it. */
  readonly form: ValueForm;

  /**
   * Runs a statement once.
   *
   * @param timeoutMs how long its transaction may take. Default: as long as the server lets it
   * @throws Neo4jError with the server's code; with another one, or with a `cause`, whatever has happened
   */
  run(query: Query, timeoutMs?: number): Promise<ResultRow[]>;

  /**
   * Runs parts once, in this order.
   *
   * @returns what each answered; null: the first part's check failed, so the others didn't run
   * @throws Neo4jError as `run` does; `Statement.ArithmeticError` if another part's check failed
   */
  transact(parts: readonly Part[], timeoutMs: number): Promise<unknown[] | null>;
}

/** The endpoint to use, by the server's discovery document. */
export async function findEndpoint(client: HttpClient): Promise<HttpEndpoint> {
  const { query, transaction } = await client.discover();
  if (typeof query === 'string') return new QueryApi(client, client.addressOf(query));
  if (typeof transaction === 'string') return new TxCommit(client, `${client.addressOf(transaction)}/commit`);
  throw new EndpointError(
    'the server at the connection uri offers neither the Query API nor transactions (QUERY_API_ENDPOINTS and ' +
      'TRANSACTIONAL_ENDPOINTS in its server.http_enabled_modules): use a neo4j+s:// or bolt+s:// uri',
  );
}

import { Neo4jError } from 'neo4j-driver';
import { GraphdropError } from '../graph/errors.ts';
import type { Parameters, ResultRow } from './graph-database.ts';
import { AnswerReader } from './query-answer.ts';
import { fromTypedJson, RequestTooLargeError, type Typed, toTypedFields } from './typed-json.ts';

/** How a connection proves who it is: a user's password, or a token of single sign-on. */
export type Auth = { readonly username: string; readonly password: string } | { readonly token: string };

/** The server has no endpoint that graphdrop can use. */
export class EndpointError extends GraphdropError {
  readonly code = 'ENDPOINT';
}

/** A statement, and how it is to be run. */
export interface QueryRequest {
  readonly text: string;
  readonly parameters: Parameters;
  /** Milliseconds the transaction may take. Default: as long as the server lets it. */
  readonly timeoutMs?: number;
  readonly accessMode?: 'READ' | 'WRITE';
}

const TYPED = 'application/vnd.neo4j.query';

/** Neo4j looks every two seconds which transactions are over their time: it shall say so before we give up. */
const GRACE_MS = 3_000;

/**
 * Neo4j's Query API, `POST /db/{database}/query/v2`: one request is one statement in a transaction of its own, which is
 * committed when the answer is complete. https://neo4j.com/docs/query-api/current/query/
 */
export class QueryApi {
  readonly #server: string;
  readonly #database: string;
  readonly #authorization: Record<string, string>;
  #endpoint: Promise<string> | undefined;

  /** @param server `http(s)://host:port`, perhaps with a path that leads to the server */
  constructor(server: string, database: string, auth?: Auth) {
    this.#server = server.replace(/\/+$/, '');
    this.#database = database;
    this.#authorization = auth === undefined ? {} : { authorization: authorization(auth) };
  }

  /**
   * Sends a statement once and gives its rows as they come, some at a time. When the last have come, it is committed.
   *
   * @throws Neo4jError with the server's code; with code `ServiceUnavailable` if the answer was lost, whatever has happened
   */
  async *run({ text, parameters, timeoutMs, accessMode }: QueryRequest): AsyncGenerator<ResultRow[]> {
    const fields = [
      `"statement":${JSON.stringify(text)}`,
      `"parameters":${toTypedFields(parameters)}`,
      ...(timeoutMs === undefined ? [] : [`"maxExecutionTime":${Math.ceil(timeoutMs / 1000)}`]),
      ...(accessMode === undefined ? [] : [`"accessMode":"${accessMode}"`]),
    ];
    const response = await this.#fetch(await this.#find(), {
      method: 'POST',
      headers: { ...this.#authorization, 'content-type': TYPED, accept: TYPED },
      body: `{${fields.join(',')}}`,
      ...(timeoutMs !== undefined && { signal: AbortSignal.timeout(timeoutMs + GRACE_MS) }),
    });
    // An error of the server's own has a body that says so; whoever stands before it answers something else.
    if (!/json|neo4j/.test(response.headers.get('content-type') ?? '')) throw await refusal(response);
    const reader = new AnswerReader();
    const decoder = new TextDecoder();
    for await (const bytes of this.#body(response)) {
      const rows = reader.push(decoder.decode(bytes, { stream: true }));
      if (rows.length > 0) yield rows.map(row => rowOf(reader.fields, row));
    }
    const answer = reader.end();
    const [error] = answer?.errors ?? [];
    if (error?.code?.startsWith('Neo.') || (error !== undefined && response.ok)) {
      throw neo4jError(error.message ?? '', error.code ?? '');
    }
    if (!response.ok) throw await refusal(response);
    if (answer === null) throw neo4jError('the answer of the database ended in the middle', 'ServiceUnavailable');
    if (answer.data === undefined) throw await refusal(response);
  }

  /** The endpoint for statements, as the server's discovery document says; asked once. */
  async #find(): Promise<string> {
    this.#endpoint ??= this.#discover();
    try {
      return await this.#endpoint;
    } catch (error) {
      this.#endpoint = undefined;
      throw error;
    }
  }

  async #discover(): Promise<string> {
    const response = await this.#fetch(`${this.#server}/`, {
      headers: { ...this.#authorization, accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw await refusal(response);
    const offered = ((await response.json().catch(() => null)) as { query?: unknown } | null)?.query;
    if (typeof offered !== 'string') {
      throw new EndpointError(
        'the server at the connection uri offers no Query API: Neo4j has it from 5.25 on (QUERY_API_ENDPOINTS in ' +
          'server.http_enabled_modules); use a neo4j+s:// or bolt+s:// uri',
      );
    }
    // Only its path: the server may advertise an address that isn't the one it is reached by.
    const path = new URL(offered.replace('{databaseName}', encodeURIComponent(this.#database))).pathname;
    return `${this.#server}${path}`;
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      // A redirect could take the credentials elsewhere.
      return await fetch(url, { ...init, redirect: 'manual' });
    } catch (error) {
      throw lost(error);
    }
  }

  async *#body({ body }: Response): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body ?? []) yield chunk;
    } catch (error) {
      throw lost(error);
    }
  }
}

function rowOf(fields: readonly string[], json: string): ResultRow {
  const values = JSON.parse(json) as Typed[];
  return Object.fromEntries(values.map((value, index) => [fields[index] ?? '', fromTypedJson(value)]));
}

function authorization(auth: Auth): string {
  if ('token' in auth) return `Bearer ${auth.token}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

/** No answer, or half of one. In time that would be the server's timeout, so it's taken for one: less may do. */
function lost(error: unknown): Neo4jError {
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

/** An answer that isn't Neo4j's, from a proxy or load balancer before it, or from something else altogether. */
async function refusal(response: Response): Promise<Error> {
  await response.body?.cancel().catch(() => {});
  const { status } = response;
  const message = `got HTTP status ${status} for a statement`;
  if (status === 401 || status === 403) return neo4jError(message, 'Neo.ClientError.Security.Unauthorized');
  if (status === 413) return new RequestTooLargeError(message);
  if (status === 408 || status === 429 || status >= 500) return neo4jError(message, 'ServiceUnavailable');
  return new EndpointError(`${message}: the connection uri must lead to Neo4j's HTTP port`);
}

/** The same class as the driver's, so that both transports' errors are told apart in one way. `cause`: no answer came. */
function neo4jError(message: string, code: string, cause?: Error): Neo4jError {
  return new Neo4jError(message, code, '50N42', 'general processing exception', undefined, cause);
}

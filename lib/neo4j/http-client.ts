import { Neo4jError } from 'neo4j-driver';
import { GraphdropError } from '../graph/errors.ts';
import { RequestTooLargeError } from './json-list.ts';

/** How a connection proves who it is: a user's password, or a token of single sign-on. */
export type Auth = { readonly username: string; readonly password: string } | { readonly token: string };

/** The server has no endpoint that graphdrop can use. */
export class EndpointError extends GraphdropError {
  readonly code = 'ENDPOINT';
}

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds the server may take for it, by what the request says. Default: as long as it wants. */
  readonly timeoutMs?: number | undefined;
}

/** Neo4j looks every two seconds which transactions are over their time: it shall say so before we give up. */
const GRACE_MS = 3_000;

/** Requests to one database of a server, or of what stands before it. Every error tells whether the server itself refused. */
export class HttpClient {
  readonly #server: string;
  readonly #database: string;
  readonly #authorization: Record<string, string>;

  /** @param server `http(s)://host:port`, perhaps with a path that leads to the server */
  constructor(server: string, database: string, auth?: Auth) {
    this.#server = server.replace(/\/+$/, '');
    this.#database = database;
    this.#authorization = auth === undefined ? {} : { authorization: authorization(auth) };
  }

  /** The server's discovery document: https://neo4j.com/docs/http-api/current/endpoints/#discovery-api */
  async discover(): Promise<Readonly<Record<string, unknown>>> {
    const response = await this.#fetch(`${this.#server}/`, {
      headers: { ...this.#authorization, accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw await refusal(response);
    return ((await response.json().catch(() => null)) as Record<string, unknown> | null) ?? {};
  }

  /**
   * @param offered an address of the discovery document, with `{databaseName}` in it. Only its path counts: the server may
   *   advertise an address that isn't the one it is reached by.
   */
  addressOf(offered: string): string {
    const path = new URL(offered.replace('{databaseName}', encodeURIComponent(this.#database))).pathname;
    return `${this.#server}${path}`;
  }

  /**
   * @returns an answer of success and of the type asked for
   * @throws Neo4jError with the server's code, or `ServiceUnavailable` with a `cause` if there is no answer; EndpointError,
   *   RequestTooLargeError
   */
  async post(address: string, { headers, body, timeoutMs }: HttpRequest): Promise<Response> {
    const response = await this.#fetch(address, {
      method: 'POST',
      headers: { ...this.#authorization, ...headers },
      body,
      ...(timeoutMs !== undefined && { signal: AbortSignal.timeout(timeoutMs + GRACE_MS) }),
    });
    // Something else that answers in the server's place.
    const isOurs = /neo4j/.test(response.headers.get('content-type') ?? '');
    if (!response.ok || !isOurs) throw await refusal(response);
    return response;
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      // A redirect could take the credentials elsewhere.
      return await fetch(url, { ...init, redirect: 'manual' });
    } catch (error) {
      throw lost(error);
    }
  }
}

/** The text of an answer as it comes. @throws Neo4jError `ServiceUnavailable` if it breaks off */
export async function* textOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  try {
    for await (const bytes of body ?? []) yield decoder.decode(bytes, { stream: true });
  } catch (error) {
    throw lost(error);
  }
}

/** An answer that ended before it was complete: whatever it was an answer to may have happened. */
export function halfAnswer(): Neo4jError {
  return neo4jError('the answer of the database ended in the middle', 'ServiceUnavailable');
}

/** The same class as the driver's, so that both transports' errors are told apart in one way. `cause`: no answer came. */
export function neo4jError(message: string, code: string, cause?: Error): Neo4jError {
  return new Neo4jError(message, code, '50N42', 'general processing exception', undefined, cause);
}

/** Neo4j's own words, in any of its formats: as `"Neo..."`, or with the type of the text, `{"U": "Neo..."}`. */
const CODE = /"code"\s*:\s*(?:\{"U":)?"(Neo\.[\w.]+)"/;
const MESSAGE = /"message"\s*:\s*(?:\{"U":)?("(?:[^"\\]|\\.)*")/;

/** An answer that isn't what was asked for: Neo4j says why, or it's from a proxy or from something else altogether. */
export async function refusal(response: Response): Promise<Error> {
  const text = await response.text().catch(() => '');
  const code = CODE.exec(text)?.[1];
  if (code !== undefined) return neo4jError(JSON.parse(MESSAGE.exec(text)?.[1] ?? '""') as string, code);
  const { status } = response;
  const message = `got HTTP status ${status} for a statement`;
  if (status === 401 || status === 403) return neo4jError(message, 'Neo.ClientError.Security.Unauthorized');
  if (status === 413) return new RequestTooLargeError(message);
  if (status === 408 || status === 429 || status >= 500) return neo4jError(message, 'ServiceUnavailable');
  return new EndpointError(`${message}: the connection uri must lead to Neo4j's HTTP port`);
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

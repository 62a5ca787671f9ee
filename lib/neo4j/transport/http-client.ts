import { withoutEnding } from '../../values/without-ending.ts';
import { beginningOf, lost, reading, refusal } from './http-answer.ts';

/** The credentials of a connection: a user's password, or a token of single sign-on. */
export type Auth = { readonly username: string; readonly password: string } | { readonly token: string };

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds the server may take for it, by what the request says. */
  readonly timeoutMs: number;
}

/** Neo4j looks every two seconds which transactions are over their time: it gets to say so before we give up. */
const GRACE_MS = 3_000;

/** Requests to one database of a server, or of what stands before it. Every error tells whether the server itself refused. */
export class HttpClient {
  readonly #server: string;
  readonly #database: string;
  readonly #authorization: Record<string, string>;

  /** @param server `http(s)://host:port`, perhaps with a path that leads to the server */
  constructor(server: string, database: string, auth?: Auth) {
    this.#server = withoutEnding(server, '/');
    this.#database = database;
    this.#authorization = auth === undefined ? {} : { authorization: authorization(auth) };
  }

  /** Reads the server's discovery document: https://neo4j.com/docs/http-api/current/endpoints/#discovery-api */
  async discover(): Promise<Readonly<Record<string, unknown>>> {
    const response = await this.#fetch(`${this.#server}/`, {
      headers: { ...this.#authorization, accept: 'application/json' },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw await refusal(response);
    const text = await beginningOf(response);
    return await reading(async () => (JSON.parse(text) as Record<string, unknown> | null) ?? {});
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
      signal: AbortSignal.timeout(timeoutMs + GRACE_MS), // for the whole answer, to its last byte
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

function authorization(auth: Auth): string {
  if ('token' in auth) return `Bearer ${auth.token}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

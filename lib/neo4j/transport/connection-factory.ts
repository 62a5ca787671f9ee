import neo4j, { type AuthToken, type Driver } from 'neo4j-driver';
import { DefinitionError } from '../../errors.ts';
import { checkOptions, type OptionChecks, text } from '../../values/options.ts';
import type { GraphDatabase } from '../graph-database.ts';
import { BoltDatabase } from './bolt-database.ts';
import { findEndpoint } from './find-endpoint.ts';
import { type Auth, HttpClient } from './http-client.ts';
import { HttpDatabase } from './http-database.ts';

/** The address of a database, and the user. */
export interface ConnectionOptions {
  /** `neo4j(+s)://` or `bolt(+s)://` for Bolt, `http(s)://` where only that gets through. */
  readonly uri: string;
  /** Default: none, for development servers without authentication. */
  readonly auth?: Auth;
  /** Letters, digits, `.`, `_` and `-`. Default `neo4j`. */
  readonly database?: string;
}

const BOLT = /^(neo4j|bolt)(\+s|\+ssc)?:\/\//;
const HTTP = /^https?:\/\//;

const connectionChecks: OptionChecks<ConnectionOptions> = {
  // No message repeats them: each may hold credentials.
  uri: { ...text, secret: true },
  auth: {
    expected: '{ username, password } or { token }',
    accepts: value => typeof value === 'object' && value !== null,
    secret: true,
  },
  database: {
    expected: 'a name of letters, digits, ., _ and -',
    accepts: value => typeof value === 'string' && /^[A-Za-z0-9._-]+$/.test(value),
  },
};

/** Reaches one database, by the protocol that its uri names. Opened at first use, for all of a warm worker's invocations. */
export class ConnectionFactory {
  /** Name of the database. */
  readonly database: string;
  readonly #options: ConnectionOptions;
  #driver: Driver | undefined;
  #graph: GraphDatabase | undefined;

  /** @throws DefinitionError for a database name or uri that can't be */
  constructor(options: ConnectionOptions) {
    checkOptions(options, connectionChecks, 'connection');
    this.database = options.database ?? 'neo4j';
    checkUri(options.uri);
    this.#options = options;
  }

  /** The database: what all work on it goes through. */
  get graph(): GraphDatabase {
    this.#graph ??= this.#open();
    return this.#graph;
  }

  /** Closes what is open, once the work on it is done. Not for good: the next use of `graph` opens anew. */
  async close(): Promise<void> {
    const driver = this.#driver;
    this.#driver = undefined;
    this.#graph = undefined;
    await driver?.close();
  }

  #open(): GraphDatabase {
    const { uri, auth } = this.#options;
    if (HTTP.test(uri)) {
      const client = new HttpClient(uri, this.database, auth);
      return new HttpDatabase(() => findEndpoint(client));
    }
    this.#driver = neo4j.driver(uri, auth && boltToken(auth), {
      userAgent: 'graphdrop',
      useBigInt: true,
      maxConnectionPoolSize: 8,
      // A function sleeps between invocations, and what is idle meanwhile may be gone: NAT gateways forget it after 350 s.
      connectionLivenessCheckTimeout: 10_000,
      maxConnectionLifetime: 30 * 60_000,
      connectionTimeout: 10_000,
      connectionAcquisitionTimeout: 20_000,
    });
    return new BoltDatabase(this.#driver, this.database);
  }
}

/** Returns credentials in the driver's form. */
export function boltToken(auth: Auth): AuthToken {
  return 'token' in auth ? neo4j.auth.bearer(auth.token) : neo4j.auth.basic(auth.username, auth.password);
}

/** Checks a uri. It may hold credentials, so no message repeats it. */
function checkUri(uri: string): void {
  if (BOLT.test(uri)) return;
  if (!HTTP.test(uri)) {
    throw new DefinitionError(
      'the connection uri must begin with neo4j://, neo4j+s://, bolt://, bolt+s://, http:// or https://',
    );
  }
  if (!URL.canParse(uri)) throw new DefinitionError('the connection uri is no valid URL');
  const { username, password, search, hash } = new URL(uri);
  if (username || password || search || hash) {
    throw new DefinitionError(
      'an http(s) connection uri must be no more than address and path: credentials belong beside it, not in it',
    );
  }
}

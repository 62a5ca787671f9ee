import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import neo4j, { type Driver } from 'neo4j-driver';
import { GraphdropError } from '../lib/graph/errors.ts';
import { boltToken } from '../lib/neo4j/connection-factory.ts';
import type { Auth } from '../lib/neo4j/http-client.ts';
import { ContextItems, type DeployedContext } from '../lib/state/contexts.ts';
import { authOf, readSecret, SecretError } from './connection-secret.ts';
import { required } from './environment.ts';

/** A context as the query function needs it. */
export type QueryContext = Pick<DeployedContext, 'secretId' | 'database'>;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A request names no database of the stack's contexts, or one that several have. */
export class UnknownDatabaseError extends GraphdropError {
  readonly code = 'UNKNOWN_DATABASE';
}

/** Drivers kept open by a warm function; the one that was used longest ago makes room. */
const MAX_DRIVERS = 8;

/** The stack's contexts, and drivers to their databases. One request is worked on at a time, as Lambda has it. */
export class QueryConnections {
  readonly #items: ContextItems;
  #contexts: ReadonlyMap<string, QueryContext> = new Map();
  readonly #secrets = new SecretsManagerClient();
  readonly #read = new Map<string, ReturnType<typeof readSecret>>();
  /** By hash of address and credentials, in order of use. */
  readonly #drivers = new Map<string, Driver>();

  /** @throws EnvironmentError */
  constructor(variables: NodeJS.ProcessEnv = process.env) {
    this.#items = new ContextItems(new DynamoDBClient(), required(variables, 'GRAPHDROP_TABLE'));
  }

  /** Reads what is deployed, once an invocation: a deploy of one context doesn't replace functions that are warm. */
  async refresh(): Promise<void> {
    this.#contexts = await this.#items.inForce();
  }

  /** @throws UnknownDatabaseError */
  ofContext(name: string): QueryContext {
    const context = this.#contexts.get(name);
    if (context !== undefined) return context;
    const known = [...this.#contexts.keys()].join(', ');
    throw new UnknownDatabaseError(`this stack has no context ${JSON.stringify(name)}; it has ${known}`);
  }

  /**
   * The context with this database; names of databases are the same in upper and lower case, as on the server. Where
   * several servers have a database of that name, the context's own name says which is meant.
   *
   * @throws UnknownDatabaseError
   */
  ofDatabase(name: string): QueryContext {
    const found = [...this.#contexts].filter(([, { database }]) => database.toLowerCase() === name.toLowerCase());
    const [first] = found;
    if (first === undefined) return this.ofContext(name);
    if (found.every(([, { secretId }]) => secretId === first[1].secretId)) return first[1];
    const contexts = found.map(([context]) => context).join(', ');
    throw new UnknownDatabaseError(`the contexts ${contexts} all have a database ${name}: name the context instead`);
  }

  /** Where all contexts have one secret, one of them: to check credentials where the request names none. */
  get only(): QueryContext | undefined {
    const [first, ...others] = this.#contexts.values();
    return others.every(({ secretId }) => secretId === first?.secretId) ? first : undefined;
  }

  /** A driver with the given credentials, or those of the context's secret. @throws SecretError */
  async driver({ secretId }: QueryContext, credentials?: Credentials): Promise<Driver> {
    const secret = await this.#secret(secretId);
    const auth = credentials ?? authOf(secret);
    const key = createHash('sha256')
      .update(JSON.stringify([secret.uri, auth]))
      .digest('hex');
    const driver = this.#drivers.get(key) ?? openDriver(secret.uri, auth);
    this.#drivers.delete(key);
    this.#drivers.set(key, driver);
    const [oldest] = this.#drivers.values();
    if (this.#drivers.size > MAX_DRIVERS && oldest !== undefined) await this.close(oldest);
    return driver;
  }

  /** Closes a driver: its credentials were refused, or a query is still at work on its connection. */
  async close(driver: Driver): Promise<void> {
    for (const [key, kept] of this.#drivers) if (kept === driver) this.#drivers.delete(key);
    await driver.close();
  }

  /** Has the secret read again at its next use: it may have been rotated. */
  forgetSecret({ secretId }: QueryContext): void {
    this.#read.delete(secretId);
  }

  async #secret(secretId: string): ReturnType<typeof readSecret> {
    const reading = this.#read.get(secretId) ?? readSecret(this.#secrets, secretId);
    this.#read.set(secretId, reading);
    try {
      return await reading;
    } catch (error) {
      this.#read.delete(secretId);
      throw error;
    }
  }
}

/** @throws SecretError for a uri that doesn't speak Bolt */
function openDriver(uri: string, auth: Auth | undefined): Driver {
  // The uri itself may hold credentials, so it's not repeated.
  if (!/^(neo4j|bolt)(\+s|\+ssc)?:/.test(uri))
    throw new SecretError(
      'queries need a connection uri neo4j:// or bolt://; this context has an http:// or https:// one, so query its database itself',
    );
  return neo4j.driver(uri, auth && boltToken(auth), {
    userAgent: 'graphdrop',
    useBigInt: true,
    maxConnectionPoolSize: 2,
    // A connection may be gone since the last request: a function sleeps in between, and the database or a NAT gateway closes
    // what is idle. Whoever asks must not be told of that, and a statement that was sent can't be sent again.
    connectionLivenessCheckTimeout: 0,
    connectionTimeout: 10_000,
    connectionAcquisitionTimeout: 15_000,
  });
}

import { createHash, timingSafeEqual } from 'node:crypto';
import neo4j, { type Driver } from 'neo4j-driver';
import { GraphdropError } from '../../errors.ts';
import { classOf } from '../../neo4j/error-class.ts';
import { boltToken } from '../../neo4j/transport/connection-factory.ts';
import type { Auth } from '../../neo4j/transport/http-client.ts';
import { shorten } from '../../query/shorten.ts';
import { dynamoDbState } from '../../state/dynamodb/dynamodb-state.ts';
import type { DeployedContext, StateStore } from '../../state/state-store.ts';
import { dynamoClient } from '../clients.ts';
import { authOf, type ConnectionSecret, SecretError } from '../connection-secret.ts';
import { required } from '../environment.ts';
import { SecretCache } from '../secret-cache.ts';

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

/** Milliseconds after which a secret is read again for a wrong password: guesses must not cost a call each. */
const GUESS_AGE_MS = 10_000;

/** The stack's contexts, and drivers to their databases. One request is worked on at a time, as Lambda has it. */
export class QueryConnections {
  readonly #state: StateStore;
  #contexts: ReadonlyMap<string, QueryContext> = new Map();
  readonly #secrets = new SecretCache();
  /** By hash of address and credentials, in order of use. */
  readonly #drivers = new Map<string, Driver>();

  /** @throws EnvironmentError */
  constructor(variables: NodeJS.ProcessEnv = process.env) {
    this.#state = dynamoDbState(dynamoClient(), required(variables, 'GRAPHDROP_TABLE'));
  }

  /** Reads what is deployed, once an invocation: a deploy of one context doesn't replace functions that are warm. */
  async refresh(): Promise<void> {
    this.#contexts = await this.#state.contexts();
  }

  /** @throws UnknownDatabaseError */
  ofContext(name: string): QueryContext {
    const context = this.#contexts.get(name);
    if (context !== undefined) return context;
    const known = [...this.#contexts.keys()].join(', ');
    throw new UnknownDatabaseError(`this stack has no context ${JSON.stringify(shorten(name, 100))}; it has ${known}`);
  }

  /**
   * The context of this name, else the one with this database. Names of databases are the same in upper and lower case, as on the
   * server. So each context can be named, whatever databases the servers have.
   *
   * @throws UnknownDatabaseError
   */
  ofDatabase(name: string): QueryContext {
    const context = this.#contexts.get(name);
    if (context !== undefined) return context;
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
    const secret = await this.#secrets.get(secretId);
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

  /** Does work with the credentials of the context's secret; once more with the secret read anew where they are refused. */
  async withOwnDriver<T>(target: QueryContext, use: (driver: Driver) => Promise<T>): Promise<T> {
    const driver = await this.driver(target);
    try {
      return await use(driver);
    } catch (error) {
      if (classOf(error) !== 'credentials') throw error;
      await this.close(driver);
      await this.#secrets.get(target.secretId, 0);
      return await use(await this.driver(target));
    }
  }

  /**
   * Whether the user is that of a secret and the password isn't its. The database must not be asked then: it would lock the user after
   * some wrong passwords, and with it the stack's workers.
   */
  async isGuess(target: QueryContext, { username, password }: Credentials): Promise<boolean> {
    const isWrong = async (maxAgeMs?: number): Promise<boolean> => {
      const passwords = (await this.#secretsOfServer(target, maxAgeMs)).filter(it => it.username === username);
      return passwords.length > 0 && !passwords.some(it => isSame(it.password ?? '', password));
    };
    // The password may have been changed since the secret was read.
    return (await isWrong()) && (await isWrong(GUESS_AGE_MS));
  }

  /** The secrets of all contexts on a context's server. Those that can't be read are left out. */
  async #secretsOfServer({ secretId }: QueryContext, maxAgeMs?: number): Promise<ConnectionSecret[]> {
    const ids = [...new Set([...this.#contexts.values()].map(it => it.secretId))];
    const read = await Promise.allSettled(ids.map(async id => ({ id, secret: await this.#secrets.get(id, maxAgeMs) })));
    const all = read.flatMap(it => (it.status === 'fulfilled' ? [it.value] : []));
    const host = hostOf(all.find(({ id }) => id === secretId)?.secret.uri ?? '');
    return all.filter(({ secret }) => hostOf(secret.uri) === host).map(({ secret }) => secret);
  }
}

function hostOf(uri: string): string {
  return URL.canParse(uri) ? new URL(uri).hostname.toLowerCase() : uri;
}

/** Compares secrets in a time that doesn't depend on them. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
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
    // what is idle. A caller must not be told of that, and a statement that was sent can't be sent again.
    connectionLivenessCheckTimeout: 0,
    connectionTimeout: 10_000,
    connectionAcquisitionTimeout: 15_000,
  });
}

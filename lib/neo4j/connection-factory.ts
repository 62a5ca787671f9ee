import neo4j, { type Driver } from 'neo4j-driver';
import { DefinitionError } from '../graph/errors.ts';
import { BoltDatabase } from './bolt-database.ts';
import type { GraphDatabase } from './graph-database.ts';

export interface ConnectionOptions {
  /** `neo4j(+s)://` or `bolt(+s)://`. */
  readonly uri: string;
  /** Default: none, for development servers without authentication. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** Default `neo4j`. */
  readonly database?: string;
}

const DATABASE = /^[A-Za-z0-9._-]+$/;
const SCHEME = /^(neo4j|bolt)(\+s|\+ssc)?:\/\//;

/** Opens one driver, at first use, for all of a warm worker's invocations. */
export class ConnectionFactory {
  readonly database: string;
  readonly #options: ConnectionOptions;
  #driver: Driver | undefined;
  #graph: GraphDatabase | undefined;

  /** @throws DefinitionError for a database name or scheme that can't be */
  constructor(options: ConnectionOptions) {
    this.database = options.database ?? 'neo4j';
    if (!DATABASE.test(this.database)) {
      throw new DefinitionError(
        `database ${JSON.stringify(this.database)} is not usable: letters, digits, ., _ and - only`,
      );
    }
    if (!SCHEME.test(options.uri)) {
      // The uri itself may hold credentials, so it's not repeated.
      throw new DefinitionError('the connection uri must begin with neo4j://, neo4j+s://, bolt:// or bolt+s://');
    }
    this.#options = options;
  }

  /** The database: what all work on it goes through. */
  get graph(): GraphDatabase {
    this.#graph ??= new BoltDatabase(this.driver, this.database);
    return this.#graph;
  }

  get driver(): Driver {
    const { uri, auth } = this.#options;
    this.#driver ??= neo4j.driver(uri, auth && neo4j.auth.basic(auth.username, auth.password), {
      userAgent: 'graphdrop',
      useBigInt: true,
      maxConnectionPoolSize: 8,
      connectionTimeout: 10_000,
      connectionAcquisitionTimeout: 20_000,
    });
    return this.#driver;
  }

  async close(): Promise<void> {
    const driver = this.#driver;
    this.#driver = undefined;
    this.#graph = undefined;
    await driver?.close();
  }
}

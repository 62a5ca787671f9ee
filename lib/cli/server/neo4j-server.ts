/** A real Neo4j server (Community Edition) that listens on 127.0.0.1 only. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import neo4j from 'neo4j-driver';
import { neo4jProcess } from './neo4j-process.ts';
import type { Neo4jRunner, Neo4jSetup, Neo4jVersion } from './neo4j-runner.ts';
import { freePort, requireFree } from './ports.ts';

export interface Neo4jOptions {
  /** @default '5.26.30' */
  readonly version?: Neo4jVersion;
  /** How it is run. @default as a Java process */
  readonly run?: (setup: Neo4jSetup) => Neo4jRunner;
  /** The name of its one user database. @default 'neo4j' */
  readonly database?: string;
  /**
   * The folder of its data, settings and logs. One that a server used before brings that data and password along.
   * @default a new temporary folder, which `remove()` deletes
   */
  readonly home?: string;
  /** @default a free port */
  readonly boltPort?: number;
  /** @default a free port */
  readonly httpPort?: number;
  /** Further settings of neo4j.conf, which win over the ones set here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** @default '1g' */
  readonly heap?: string;
  /** Further options of its Java. @default what makes it start faster, if that was prepared */
  readonly jvmArgs?: readonly string[];
}

/** What a client needs to know of a server. */
export interface Neo4jAddress {
  readonly boltUri: string;
  readonly httpUri: string;
  /** Neo4j Browser, for people. */
  readonly browserUri: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

export interface Neo4jServer extends Neo4jAddress {
  readonly home: string;
  /** Shuts it down in order. Its data may then be copied from `home`. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again after `stop` or `kill`: same home, same ports, same password. */
  start(): Promise<void>;
  /** Ends it for good; deletes its home if that is a temporary one. */
  remove(): Promise<void>;
}

/** Starts a server and resolves when it answers a query on its database. */
export async function startNeo4j(options: Neo4jOptions = {}): Promise<Neo4jServer> {
  const database = options.database ?? 'neo4j';
  const boltPort = options.boltPort ?? (await freePort());
  const httpPort = options.httpPort ?? (await freePort());
  await requireFree(boltPort, "Neo4j's Bolt connector");
  await requireFree(httpPort, "Neo4j's HTTP connector");

  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'graphdrop-neo4j-')));
  const address: Neo4jAddress = {
    boltUri: `bolt://127.0.0.1:${boltPort}`,
    httpUri: `http://127.0.0.1:${httpPort}`,
    browserUri: `http://127.0.0.1:${httpPort}/browser/`,
    username: 'neo4j',
    password: await passwordOf(home),
    database,
  };
  const version = options.version ?? '5.26.30';
  const setup: Neo4jSetup = {
    version,
    home,
    isTemporary: !options.home,
    boltPort,
    httpPort,
    password: address.password,
    heap: options.heap ?? '1g',
    ...(options.jvmArgs && { jvmArgs: options.jvmArgs }),
    settings: {
      'initial.dbms.default_database': database,
      'server.memory.pagecache.size': '512m',
      'db.tx_log.rotation.retention_policy': 'keep_none',
      'db.tx_log.preallocate': 'false',
      ...(version !== '5.18.1' && { 'dbms.usage_report.enabled': 'false' }), // it has none
      ...options.settings,
    },
    ready: () => answers(address),
  };
  const runner = (options.run ?? neo4jProcess)(setup);

  const remove = async (): Promise<void> => {
    await (options.home ? runner.stop() : runner.kill());
    if (!options.home) await rm(home, { recursive: true, force: true });
  };
  await runner.start().catch(async error => {
    await remove();
    throw error;
  });
  return { ...address, home, start: runner.start, stop: runner.stop, kill: runner.kill, remove };
}

/** Tells whether a server answers a query on its database. */
export async function answers(address: Neo4jAddress): Promise<boolean> {
  const auth = neo4j.auth.basic(address.username, address.password);
  const driver = neo4j.driver(address.boltUri, auth, { maxTransactionRetryTime: 0 });
  try {
    await driver.executeQuery('RETURN 1', {}, { database: address.database });
    return true;
  } finally {
    await driver.close();
  }
}

/** The password that belongs to the data in `home`: a random one at first, kept beside the data. */
export async function passwordOf(home: string): Promise<string> {
  const file = join(home, 'password');
  if (existsSync(file)) return readFile(file, 'utf8');
  const password = randomBytes(18).toString('base64url');
  await mkdir(home, { recursive: true });
  await writeFile(file, password, { mode: 0o600 });
  return password;
}

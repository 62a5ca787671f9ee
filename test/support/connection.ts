import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import { ConnectionFactory, type ConnectionOptions } from '../../lib/neo4j/transport/connection-factory.ts';
import { HttpClient } from '../../lib/neo4j/transport/http-client.ts';
import { HttpDatabase } from '../../lib/neo4j/transport/http-database.ts';
import { TxCommit } from '../../lib/neo4j/transport/tx-commit.ts';
import type { Neo4jAddress } from './neo4j.ts';

/** `http`: by the endpoint that the server prefers. */
export type Transport = 'bolt' | 'http' | 'tx-commit';

/** The protocol that workers under test speak: suites of the write path run once with each. */
export const transport = (process.env.GRAPHDROP_TRANSPORT ?? 'bolt') as Transport;

interface Way {
  /** @default the transport under test */
  readonly by?: Transport;
  /** Another address for the server, `host:port`. */
  readonly at?: string;
}

/** Where a server is spoken to by a transport. */
export function uriOf(server: Neo4jAddress, by: Transport): string {
  return by === 'bolt' ? server.boltUri : server.httpUri;
}

/** A connection to a server for workers under test. */
export function connectionTo(server: Neo4jAddress, { by = transport, at }: Way = {}): ConnectionFactory {
  const { username, password, database } = server;
  const uri = at === undefined ? uriOf(server, by) : `${by === 'bolt' ? 'bolt' : 'http'}://${at}`;
  return openConnection({ uri, auth: { username, password }, database }, by);
}

/** @param by what else than the uri says: `tx-commit` is spoken also to a server that has the Query API */
export function openConnection(options: ConnectionOptions, by: Transport): ConnectionFactory {
  return by === 'tx-commit' ? new TxCommitConnection(options) : new ConnectionFactory(options);
}

class TxCommitConnection extends ConnectionFactory {
  readonly #graph: GraphDatabase;

  constructor(options: ConnectionOptions) {
    super(options);
    const client = new HttpClient(options.uri, this.database, options.auth);
    const address = client.addressOf('http://any/db/{databaseName}/tx/commit');
    this.#graph = new HttpDatabase(async () => new TxCommit(client, address));
  }

  override get graph(): GraphDatabase {
    return this.#graph;
  }
}

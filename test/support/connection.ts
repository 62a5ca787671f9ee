import { ConnectionFactory } from '../../lib/neo4j/connection-factory.ts';
import type { Neo4jAddress } from './neo4j.ts';

/** The protocol that workers under test speak: suites of the write path run once with each. */
export const transport = process.env.GRAPHDROP_TRANSPORT === 'http' ? 'http' : 'bolt';

interface Way {
  /** @default the transport under test */
  readonly by?: 'bolt' | 'http';
  /** Another address for the server, `host:port`. */
  readonly at?: string;
}

/** A connection to a server for workers under test. */
export function connectionTo(server: Neo4jAddress, { by = transport, at }: Way = {}): ConnectionFactory {
  const { username, password, database } = server;
  const uri = at === undefined ? server[`${by}Uri`] : `${by}://${at}`;
  return new ConnectionFactory({ uri, auth: { username, password }, database });
}

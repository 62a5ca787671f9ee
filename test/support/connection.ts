import { ConnectionFactory } from '../../lib/neo4j/connection-factory.ts';
import type { Neo4jAddress } from './neo4j.ts';

/** The protocol that workers under test speak: suites of the write path run once with each. */
export const transport = process.env.GRAPHDROP_TRANSPORT === 'http' ? 'http' : 'bolt';

/** A connection to a server by the {@link transport} under test; `at` is another address for it, `host:port`. */
export function connectionTo({ boltUri, httpUri, username, password, database }: Neo4jAddress, at?: string) {
  const uri = transport === 'http' ? httpUri : boltUri;
  return new ConnectionFactory({
    uri: at === undefined ? uri : `${transport}://${at}`,
    auth: { username, password },
    database,
  });
}

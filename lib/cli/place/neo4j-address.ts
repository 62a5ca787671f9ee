import { DefinitionError } from '../../errors.ts';
import { ConnectionFactory } from '../../neo4j/transport/connection-factory.ts';
import { CliError } from '../cli-error.ts';
import type { OpenServer } from '../server/open-server.ts';

/** Connects to a database at an address, as the user that NEO4J_USERNAME and NEO4J_PASSWORD name. @throws CliError */
export function connectionAt(uri: string, database: string): ConnectionFactory {
  const { NEO4J_USERNAME: username = 'neo4j', NEO4J_PASSWORD: password } = process.env;
  try {
    return new ConnectionFactory({
      uri: withoutCredentials(uri),
      database,
      ...(password !== undefined && { auth: { username, password } }),
    });
  } catch (error) {
    if (error instanceof DefinitionError) throw new CliError(`--neo4j or NEO4J_URI: ${error.message}`);
    throw error;
  }
}

/** Connects to the embedded server. */
export function connectionTo({
  address: { boltUri: uri, username, password, database },
}: OpenServer): ConnectionFactory {
  return new ConnectionFactory({ uri, database, auth: { username, password } });
}

/** Returns an address that holds no credentials. @throws CliError for one that does, which isn't repeated */
export function withoutCredentials(uri: string): string {
  if (!/^[a-z+0-9]+:\/\/[^/]*@/i.test(uri)) return uri;
  throw new CliError(
    'the address of the database holds credentials: give them in NEO4J_USERNAME and NEO4J_PASSWORD instead',
  );
}

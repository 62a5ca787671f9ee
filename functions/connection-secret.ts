import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import { GraphdropError } from '../lib/graph/errors.ts';
import { ConnectionFactory } from '../lib/neo4j/connection-factory.ts';
import type { Auth } from '../lib/neo4j/http-client.ts';
import { parseJson } from './parse-json.ts';

const Connection = z.object({
  uri: z.string(),
  username: z.string().optional(),
  password: z.string().optional(),
  token: z.string().optional(),
});

/** The secret of a context isn't usable. The message never has its value. */
export class SecretError extends GraphdropError {
  readonly code = 'SECRET';
}

/** Reads a connection secret, `{ "uri": ..., "username": ..., "password": ... }` or `{ "uri": ..., "token": ... }`. @throws SecretError */
export async function readSecret(client: SecretsManagerClient, secretId: string): Promise<z.infer<typeof Connection>> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  const parsed = Connection.safeParse(parseJson(SecretString));
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
    throw new SecretError(
      `secret ${secretId} must be JSON with uri, and username and password or token (${fields.join('; ')})`,
    );
  }
  return parsed.data;
}

/** A connection as its secret says. @throws SecretError, and DefinitionError for a uri that can't be */
export async function connectionFromSecret(
  client: SecretsManagerClient,
  secretId: string,
  database: string,
): Promise<ConnectionFactory> {
  const secret = await readSecret(client, secretId);
  const auth = authOf(secret);
  return new ConnectionFactory({ uri: secret.uri, database, ...(auth && { auth }) });
}

/** How a secret says to log in; undefined: not at all. */
export function authOf({ username, password, token }: z.infer<typeof Connection>): Auth | undefined {
  if (token !== undefined) return { token };
  return username === undefined || password === undefined ? undefined : { username, password };
}

import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { GraphdropError } from '../errors.ts';
import { ConnectionFactory } from '../neo4j/transport/connection-factory.ts';
import type { Auth } from '../neo4j/transport/http-client.ts';
import { parseJson } from './parse-json.ts';

const Connection = z.object({
  uri: z.string(),
  username: z.string().optional(),
  password: z.string().optional(),
  token: z.string().optional(),
});

/** What a connection secret holds. */
export type ConnectionSecret = z.infer<typeof Connection>;

/** The secret of a context isn't usable. The message never has its value. */
export class SecretError extends GraphdropError {
  readonly code = 'SECRET';
}

/** Reads a connection secret, `{ "uri": ..., "username": ..., "password": ... }` or `{ "uri": ..., "token": ... }`. @throws SecretError */
export async function readSecret(client: SecretsManagerClient, secretId: string): Promise<ConnectionSecret> {
  const SecretString = await secretText(client, secretId);
  const parsed = Connection.safeParse(parseJson(SecretString));
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
    throw new SecretError(
      `secret ${secretId} must be JSON with uri, and username and password or token (${fields.join('; ')})`,
    );
  }
  return parsed.data;
}

async function secretText(client: SecretsManagerClient, SecretId: string): Promise<string> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '';
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new SecretError(
      `there is no secret ${SecretId} in this account and region: create it, as JSON with uri, username and password, or name another ` +
        'one as "secret" in the context\'s settings (by default it is graphdrop/<context>)',
      { cause: error },
    );
  }
}

/** A connection as its secret says. @throws DefinitionError for a uri that can't be */
export function connectionOf(secret: ConnectionSecret, database: string): ConnectionFactory {
  const auth = authOf(secret);
  return new ConnectionFactory({ uri: secret.uri, database, ...(auth && { auth }) });
}

/** How a secret says to log in; undefined: not at all. */
export function authOf({ username, password, token }: ConnectionSecret): Auth | undefined {
  if (token !== undefined) return { token };
  return username === undefined || password === undefined ? undefined : { username, password };
}

/** What the transports of HTTP get in the place of a server's answer. */
import { Neo4jError } from 'neo4j-driver';
import { GraphdropError } from '../../lib/errors.ts';
import type { HttpClient } from '../../lib/neo4j/transport/http-client.ts';

/** A client to which everything is answered so. */
export const clientThatGets = (response: Response) =>
  ({ post: async () => response, addressOf: (offered: string) => offered }) as unknown as HttpClient;

/** Whether an error is one with a code: the server's, or graphdrop's own. */
export function isRefusedAnswer(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  const isOurs = error instanceof Neo4jError || error instanceof GraphdropError;
  return isOurs && typeof code === 'string' && code !== '';
}

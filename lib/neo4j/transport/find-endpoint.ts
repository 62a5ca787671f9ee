import { EndpointError, reading } from './http-answer.ts';
import type { HttpClient } from './http-client.ts';
import type { HttpEndpoint } from './http-endpoint.ts';
import { QueryApi } from './query-api.ts';
import { TxCommit } from './tx-commit.ts';

/** Chooses the endpoint to use, by the server's discovery document. @throws EndpointError if there is none */
export async function findEndpoint(client: HttpClient): Promise<HttpEndpoint> {
  const { query, transaction } = await client.discover();
  const address = async (offered: string) => await reading(async () => client.addressOf(offered));
  if (typeof query === 'string') return new QueryApi(client, await address(query));
  if (typeof transaction === 'string') return new TxCommit(client, `${await address(transaction)}/commit`);
  throw new EndpointError(
    'the server at the connection uri offers neither the Query API nor transactions (QUERY_API_ENDPOINTS and ' +
      'TRANSACTIONAL_ENDPOINTS in its server.http_enabled_modules): use a neo4j+s:// or bolt+s:// uri',
  );
}

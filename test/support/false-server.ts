/** Something at an http address that answers in the place of Neo4j. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

const servers: Server[] = [];

/** Ends all that listens; so does the end of a test. */
export function stopListening(): void {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

afterEach(stopListening);

/** Something at an address of its own. */
export async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What an endpoint is offered as, and how it answers 1. */
export const endpoints = {
  'the Query API': {
    offer: { query: 'http://elsewhere.example/db/{databaseName}/query/v2' },
    type: 'application/vnd.neo4j.query',
    success: 202,
    row: '{"data":{"fields":["n"],"values":[[{"$type":"Integer","_value":"1"}]',
    rest: ']},"bookmarks":["b"]}',
    halves: [']}', ']},"bookmarks":'],
    failed: ']},"errors":[{"code":"Neo.ClientError.Schema.ConstraintValidationFailed","message":"no"}]}',
  },
  'tx/commit': {
    offer: { transaction: 'http://elsewhere.example/db/{databaseName}/tx' },
    type: 'application/vnd.neo4j.jolt-v2;strict=true;charset=UTF-8',
    success: 200,
    row: '{"header":{"fields":["n"]}}\n{"data":[{"Z":"1"}]}\n',
    rest: '{"summary":{}}\n{"info":{"lastBookmarks":["b"]}}\n',
    halves: ['{"summary":{}}\n', '{"summary":{}}\n{"info":{}'],
    failed:
      '{"error":{"errors":[{"code":{"U":"Neo.ClientError.Schema.ConstraintValidationFailed"},"message":{"U":"no"}}]}}\n{"info":{}}\n',
  },
} as const;

export type Endpoint = (typeof endpoints)[keyof typeof endpoints];

/** It gives a discovery document, and something else to a statement. */
export const answering =
  ({ offer }: Pick<Endpoint, 'offer'>, status: number, type: string, body: string): RequestListener =>
  (request, response) => {
    if (request.method === 'GET') {
      response.end(JSON.stringify(offer));
      return;
    }
    response.writeHead(status, { 'content-type': type, location: 'http://elsewhere.example/' }).end(body);
  };

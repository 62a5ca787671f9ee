/** Threat: what answers at an http(s) uri refuses, stands in between, breaks off, or is no Neo4j at all. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { remedyFor } from '../../lib/failure.ts';
import { ConnectionFactory, type ConnectionOptions } from '../../lib/neo4j/connection-factory.ts';

const database = 'neo4j';
const secret = 'not-to-be-told';
const auth = { username: 'neo4j', password: secret };

async function failure(options: ConnectionOptions): Promise<Error & { code: string }> {
  const { graph } = new ConnectionFactory(options);
  const error = await graph.queryOnce('RETURN 1 AS n').then(
    () => new Error('it did not fail'),
    error => error,
  );
  const told = `${error} ${JSON.stringify(error)} ${error.stack} ${error.cause}`;
  expect(told).not.toContain(secret);
  expect(told).not.toContain(Buffer.from(`neo4j:${secret}`).toString('base64'));
  return error;
}

describe('the server itself', () => {
  it('refuses a wrong password as it does by Bolt', async () => {
    const { httpUri, boltUri } = inject('services').neo4j;
    const [http, bolt] = [await failure({ uri: httpUri, auth }), await failure({ uri: boltUri, auth })];
    expect(http.code).toBe('Neo.ClientError.Security.Unauthorized');
    expect(http.code).toBe(bolt.code);
  });

  it('refuses a wrong token', async () => {
    const { httpUri } = inject('services').neo4j;
    const error = await failure({ uri: httpUri, auth: { token: secret } });
    expect(error.code).toBe('Neo.ClientError.Security.Unauthorized');
  });

  it('knows no such database', async () => {
    const { httpUri, ...user } = inject('services').neo4j;
    const error = await failure({ uri: httpUri, auth: user, database: 'nobodys' });
    expect(error.code).toBe('Neo.ClientError.Database.DatabaseNotFound');
  });

  it('is asked at its own path, with or without a slash', async () => {
    const { httpUri, ...user } = inject('services').neo4j;
    const { graph } = new ConnectionFactory({ uri: `${httpUri}/`, auth: user });
    expect(await graph.queryOnce('RETURN 1 AS n')).toEqual([{ n: 1n }]);
  });

  it('is not there at all', async () => {
    const uri = await listen(() => {});
    server?.close();
    const error = await failure({ uri, auth });
    expect(error).toMatchObject({ code: 'ServiceUnavailable', retriable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Something at an address of its own. */
async function listen(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** It gives the discovery document, and something else to a statement. */
const answering =
  (status: number, type: string, body: string): RequestListener =>
  (request, response) => {
    if (request.method === 'GET') {
      response.end(JSON.stringify({ query: 'http://elsewhere.example/db/{databaseName}/query/v2' }));
      return;
    }
    response.writeHead(status, { 'content-type': type, location: 'http://elsewhere.example/' }).end(body);
  };

const json = 'application/vnd.neo4j.query';
const html = 'text/html';
const row = '{"data":{"fields":["n"],"values":[[{"$type":"Integer","_value":"1"}]';

describe('what answers in its place', () => {
  it.each<[string, RequestListener, string, string]>([
    ['a proxy that has no server', answering(502, html, 'Bad Gateway'), 'ServiceUnavailable', 'again'],
    ['a proxy that waited too long', answering(504, html, ''), 'ServiceUnavailable', 'again'],
    ['a server that is busy', answering(503, json, '{}'), 'ServiceUnavailable', 'again'],
    [
      'a gateway with errors of its own',
      answering(503, json, '{"errors":[{"message":"x"}]}'),
      'ServiceUnavailable',
      'again',
    ],
    ['a gateway that asks who it is', answering(403, json, ''), 'Neo.ClientError.Security.Unauthorized', 'stop'],
    ['a limit of requests', answering(429, html, ''), 'ServiceUnavailable', 'again'],
    ['a limit of size', answering(413, html, ''), 'REQUEST_TOO_LARGE', 'smaller'],
    ['a login page', answering(302, html, ''), 'ENDPOINT', 'stop'],
    ['a proxy that asks who it is', answering(401, html, ''), 'Neo.ClientError.Security.Unauthorized', 'stop'],
    ['some other service', answering(200, html, 'hello'), 'ENDPOINT', 'stop'],
    ['some other service of JSON', answering(200, json, '{"hello":[1]}'), 'ENDPOINT', 'stop'],
    ['half an answer', answering(202, json, row), 'ServiceUnavailable', 'again'],
    ['an answer without its end', answering(202, json, `${row}]}`), 'ServiceUnavailable', 'again'],
    ['nothing', answering(202, json, ''), 'ServiceUnavailable', 'again'],
    [
      'a value it could not read',
      answering(400, json, '{"errors":[{"code":"Neo.ClientError.Request.Invalid","message":"Bad Request"}]}'),
      'Neo.ClientError.Request.Invalid',
      'guilty',
    ],
    ['a service without a Query API', (_, response) => response.end('{"bolt_direct":"x"}'), 'ENDPOINT', 'stop'],
  ])('%s', async (_, listener, code, remedy) => {
    const error = await failure({ uri: await listen(listener), auth, database });
    expect(error).toMatchObject({ code });
    expect(remedyFor(error, true)).toBe(remedy);
  });

  it('who advertises another address is still spoken to where it was reached', async () => {
    const uri = await listen(answering(202, json, `${row}]},"bookmarks":["b"]}`));
    expect(await new ConnectionFactory({ uri, auth }).graph.queryOnce('RETURN 1 AS n')).toEqual([{ n: 1n }]);
  });

  it('statements that may be repeated are, until the server is there again', async () => {
    let refused = 0;
    const [down, up] = [answering(503, html, ''), answering(202, json, `${row}]},"bookmarks":["b"]}`)];
    const uri = await listen((request, response) => {
      if (request.method === 'GET' || refused === 2) return up(request, response);
      refused += 1;
      return down(request, response);
    });
    const { graph } = new ConnectionFactory({ uri, auth });
    expect(await graph.query('RETURN 1 AS n')).toEqual([{ n: 1n }]);
    expect(refused).toBe(2);
    refused = 0;
    await expect(graph.queryOnce('RETURN 1 AS n')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });
});

it('a batch that is not answered in time is given up, and smaller ones are tried', async () => {
  const uri = await listen((request, response) => {
    if (request.method === 'GET') answering(200, json, '')(request, response);
  });
  const { graph } = new ConnectionFactory({ uri, auth });
  const fence = { scope: 'nobody@neo4j', epoch: 1, root: '', definition: '', next: 'x' };
  const [stored, review] = [Promise.resolve(), async () => {}];
  const error = await graph
    .commit({ fence, statements: [], tolerant: false, timeoutMs: 1, stored, review })
    .catch(failed => failed);
  expect(error).toMatchObject({ code: 'COMMIT_UNKNOWN' });
  expect(remedyFor(error, true)).toBe('smaller');
});

it.each(['ftp://host:7474', 'http://neo4j:secret@host:7474', 'https://host/?user=neo4j', 'https://'])(
  '%s is no connection uri, and the message doesn’t repeat it',
  uri => {
    expect(() => new ConnectionFactory({ uri })).toThrow(/^(?!.*(secret|host)).*uri/);
  },
);

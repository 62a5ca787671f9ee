/** Threat: what answers at an http(s) uri refuses, stands in between, breaks off, or is no Neo4j at all. */
import { describe, expect, inject, it } from 'vitest';
import { remedyFor } from '../../lib/commit/retry.ts';
import { ConnectionFactory, type ConnectionOptions } from '../../lib/neo4j/transport/connection-factory.ts';
import { openConnection, type Transport } from '../support/connection.ts';
import { answering, endpoints, listen, stopListening } from '../support/false-server.ts';

const database = 'neo4j';
const secret = 'not-to-be-told';
const auth = { username: 'neo4j', password: secret };

async function failure(options: ConnectionOptions, by: Transport = 'http'): Promise<Error & { code: string }> {
  const { graph } = openConnection(options, by);
  const error = await graph.queryOnce('RETURN 1 AS n').then(
    () => new Error('it did not fail'),
    error => error,
  );
  const told = `${error} ${JSON.stringify(error)} ${error.stack} ${error.cause}`;
  expect(told).not.toContain(secret);
  expect(told).not.toContain(Buffer.from(`neo4j:${secret}`).toString('base64'));
  return error;
}

describe.each<Transport>(['http', 'tx-commit'])('the server itself, by %s', by => {
  it('refuses a wrong password as it does by Bolt', async () => {
    const { httpUri, boltUri } = inject('services').neo4j;
    const [http, bolt] = [await failure({ uri: httpUri, auth }, by), await failure({ uri: boltUri, auth })];
    expect(http.code).toBe('Neo.ClientError.Security.Unauthorized');
    expect(http.code).toBe(bolt.code);
  });

  it('refuses a wrong token', async () => {
    const { httpUri } = inject('services').neo4j;
    const error = await failure({ uri: httpUri, auth: { token: secret } }, by);
    expect(error.code).toBe('Neo.ClientError.Security.Unauthorized');
  });

  it('knows no such database', async () => {
    const { httpUri, ...user } = inject('services').neo4j;
    const error = await failure({ uri: httpUri, auth: user, database: 'nobodys' }, by);
    expect(error.code).toBe('Neo.ClientError.Database.DatabaseNotFound');
  });

  it('is asked at its own path, with or without a slash', async () => {
    const { httpUri, ...user } = inject('services').neo4j;
    const { graph } = openConnection({ uri: `${httpUri}/`, auth: user }, by);
    expect(await graph.queryOnce('RETURN 1 AS n')).toEqual([{ n: 1n }]);
  });

  it('is not there at all', async () => {
    const uri = await listen(() => {});
    stopListening();
    const error = await failure({ uri, auth }, by);
    expect(error).toMatchObject({ code: 'ServiceUnavailable', retriable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });
});

const html = 'text/html';
const json = 'application/json';

describe.each(Object.entries(endpoints))('what answers in the place of %s', (_, endpoint) => {
  const { type, success, row, rest, halves, failed } = endpoint;
  it.each<[string, [number, string, string], string, string]>([
    ['a proxy that has no server', [502, html, 'Bad Gateway'], 'ServiceUnavailable', 'again'],
    ['a proxy that waited too long', [504, html, ''], 'ServiceUnavailable', 'again'],
    ['a server that is busy', [503, type, '{}'], 'ServiceUnavailable', 'again'],
    ['a gateway with errors of its own', [503, json, '{"errors":[{"message":"x"}]}'], 'ServiceUnavailable', 'again'],
    ['a gateway that asks for credentials', [403, json, ''], 'Neo.ClientError.Security.Unauthorized', 'stop'],
    ['a limit of requests', [429, html, ''], 'ServiceUnavailable', 'again'],
    ['a limit of size', [413, html, ''], 'REQUEST_TOO_LARGE', 'smaller'],
    ['a login page', [302, html, ''], 'ENDPOINT', 'stop'],
    ['a proxy that asks for credentials', [401, html, ''], 'Neo.ClientError.Security.Unauthorized', 'stop'],
    ['some other service', [200, html, 'hello'], 'ENDPOINT', 'stop'],
    ['some other service of JSON', [200, json, '{"hello":[1]}'], 'ENDPOINT', 'stop'],
    ['half an answer', [success, type, row], 'ServiceUnavailable', 'again'],
    ['an answer without its end', [success, type, `${row}${halves[0]}`], 'ServiceUnavailable', 'again'],
    ['an answer that lacks a little', [success, type, `${row}${halves[1]}`], 'ServiceUnavailable', 'again'],
    ['nothing', [success, type, ''], 'ServiceUnavailable', 'again'],
    [
      'an error after the rows',
      [success, type, `${row}${failed}`],
      'Neo.ClientError.Schema.ConstraintValidationFailed',
      'poison',
    ],
    [
      'a value it could not read',
      [400, type, '{"errors":[{"code":"Neo.ClientError.Request.Invalid","message":"Bad Request"}]}'],
      'Neo.ClientError.Request.Invalid',
      'poison',
    ],
  ])('%s', async (_, answer, code, remedy) => {
    const error = await failure({ uri: await listen(answering(endpoint, ...answer)), auth, database });
    expect(error).toMatchObject({ code });
    expect(remedyFor(error, true)).toBe(remedy);
  });

  it('a server that advertises another address is spoken to where it was reached', async () => {
    const uri = await listen(answering(endpoint, success, type, `${row}${rest}`));
    expect(await new ConnectionFactory({ uri, auth }).graph.queryOnce('RETURN 1 AS n')).toEqual([{ n: 1n }]);
  });

  it('statements that may be repeated are, until the server is there again', async () => {
    let refused = 0;
    const [down, up] = [answering(endpoint, 503, html, ''), answering(endpoint, success, type, `${row}${rest}`)];
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

  it('a batch that is not answered in time is given up, and smaller ones are tried', async () => {
    const uri = await listen((request, response) => {
      if (request.method === 'GET') answering(endpoint, 200, json, '')(request, response);
    });
    const error = await batch(uri);
    expect(error).toMatchObject({ code: 'COMMIT_UNKNOWN' });
    expect(remedyFor(error, true)).toBe('smaller');
  });

  it.each([
    ['half an answer', (): string => `${row}${halves[0]}`],
    ['no answer', (): string => ''],
  ])('a batch that gets %s is not taken for committed', async (_, body) => {
    expect(await batch(await listen(answering(endpoint, success, type, body())))).toMatchObject({
      code: 'COMMIT_UNKNOWN',
    });
  });
});

async function batch(uri: string): Promise<unknown> {
  const { graph } = new ConnectionFactory({ uri, auth });
  const fence = { scope: 'nobody@neo4j', epoch: 1, root: '', definition: '', next: 'x' };
  const [store, review] = [async () => {}, async () => {}];
  return await graph
    .commit({ fence, statements: [], tolerant: false, timeoutMs: 1, store, review })
    .catch(failed => failed);
}

describe('the endpoint', () => {
  /** Where statements go at a server that offers something. */
  const asked = async (offer: object): Promise<string | undefined> => {
    let path: string | undefined;
    const uri = await listen((request, response) => {
      if (request.method === 'POST') path = request.url;
      response.end(JSON.stringify(offer));
    });
    await failure({ uri: `${uri}/gateway/`, auth, database: 'kg' });
    return path;
  };
  const { query } = endpoints['the Query API'].offer;
  const { transaction } = endpoints['tx/commit'].offer;

  it('is the Query API where both are offered', async () => {
    expect(await asked({ query, transaction })).toBe('/gateway/db/kg/query/v2');
  });

  it('is tx/commit where only that is offered', async () => {
    expect(await asked({ bolt_direct: 'bolt://x', transaction })).toBe('/gateway/db/kg/tx/commit');
  });

  it('is none where neither is offered', async () => {
    const uri = await listen((_, response) => response.end('{"bolt_direct":"x"}'));
    const error = await failure({ uri, auth });
    expect(error).toMatchObject({ code: 'ENDPOINT', message: expect.stringContaining('http_enabled_modules') });
    expect(remedyFor(error, true)).toBe('stop');
  });
});

it.each(['ftp://host:7474', 'http://neo4j:secret@host:7474', 'https://host/?user=neo4j', 'https://'])(
  'refuses %s as a connection uri, and doesn’t repeat it',
  uri => {
    expect(() => new ConnectionFactory({ uri })).toThrow(/^(?!.*(secret|host)).*uri/);
  },
);

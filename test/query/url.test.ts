/** Threat: strangers at the function URL learn, guess or lock something, or an answer tells more than it may. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { QueryConnections } from '../../lib/lambda/query/connections.ts';
import { answerQuery } from '../../lib/query/answer-query.ts';
import { boltCommit, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { BothEndpoints } from './both-endpoints.ts';
import { of } from './requests.ts';

const endpoints = new BothEndpoints();
const run = randomUUID().slice(0, 8);
const { boltUri, username, password } = inject('services').neo4j;
let proxy: TcpProxy;

beforeAll(async () => {
  const { hostname, port } = new URL(boltUri);
  proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) } });
  await endpoints.open({
    absent: { database: 'absent' },
    gone: { database: 'gone', secret: { uri: 'bolt://127.0.0.1:1' } },
    cut: { secret: { uri: `bolt://127.0.0.1:${proxy.port}` } },
  });
});
afterAll(async () => {
  await proxy.close();
  await endpoints.close();
});

const at = (name: string) => ({ path: `/db/${name}/tx/commit`, ...of('RETURN 1 AS x') });
const as = (user: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
});

async function cypher(text: string, parameters: object = {}): Promise<unknown[]> {
  const { records } = await endpoints.driver.executeQuery(text, parameters, { database: 'neo4j' });
  return records.map(record => record.toObject());
}

describe('a login', () => {
  const user = { username: `url-${run}`, password: `first-${run}` };
  afterAll(async () => {
    await cypher('DROP USER $username IF EXISTS', user);
  });

  it('with a changed password is refused at the next request, whatever connections are open', async () => {
    await cypher('CREATE USER $username SET PASSWORD $password CHANGE NOT REQUIRED', user);
    const request = { ...at('kg'), headers: as(user.username, user.password) };
    expect(await endpoints.ask(request)).toMatchObject({ status: 200 });
    await cypher('ALTER USER $username SET PASSWORD $next', { ...user, next: `second-${run}` });
    expect(await endpoints.ask(request)).toMatchObject({
      status: 401,
      body: expect.stringContaining('Invalid credential.'),
    });
    const { status } = await endpoints.ask({ ...request, headers: as(user.username, `second-${run}`) });
    expect(status).toBe(200);
  });

  it('with a password that must be changed first is refused, as on the server', async () => {
    const fresh = { username: `fresh-${run}`, password: `fresh-${run}` };
    await cypher('CREATE USER $username SET PASSWORD $password CHANGE REQUIRED', fresh);
    const answer = await endpoints.ask({ ...at('kg'), headers: as(fresh.username, fresh.password) });
    expect(answer.body).toMatch(/CredentialsExpired|Invalid credential/);
    await cypher('DROP USER $username', fresh);
  });

  it('guessed too often is answered with the server’s limit', async () => {
    const guessed = { username: `guessed-${run}`, password: randomUUID() };
    await cypher('CREATE USER $username SET PASSWORD $password CHANGE NOT REQUIRED', guessed);
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 6) {
      statuses.push((await endpoints.ask({ ...at('kg'), headers: as(guessed.username, randomUUID()) })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
    await cypher('DROP USER $username', guessed);
  });

  it('is checked again after a request that was refused', async () => {
    const refused = { username: `refused-${run}`, password: `first-${run}` };
    await cypher('CREATE USER $username SET PASSWORD $password CHANGE NOT REQUIRED', refused);
    const request = { ...at('kg'), headers: as(refused.username, refused.password) };
    const type = { 'content-type': 'text/plain' };
    expect(await endpoints.ask({ ...request, headers: { ...request.headers, ...type } })).toMatchObject({
      status: 415,
    });
    await cypher('ALTER USER $username SET PASSWORD $next', { ...refused, next: `second-${run}` });
    expect(await endpoints.ask(request)).toMatchObject({ status: 401 });
    await cypher('DROP USER $username', refused);
  });

  it('drivers of other credentials are closed to make room', async () => {
    const connections = new QueryConnections();
    await connections.refresh();
    const context = connections.ofContext('kg');
    const open = async (user: string) => await connections.driver(context, { username: user, password: 'x' });
    const drivers = [];
    for (let i = 0; i < 8; i++) drivers.push(await open(`user-${i}`));
    const closed = drivers.map(driver => vi.spyOn(driver, 'close'));
    expect(await open('user-0')).toBe(drivers[0]);
    await open('user-8');
    expect(closed.map(spy => spy.mock.calls.length)).toEqual([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(await open('user-1')).not.toBe(drivers[1]);
    expect(await connections.driver(context, { username: 'user-0', password: 'y' })).not.toBe(drivers[0]);
    for (const driver of drivers) await driver.close();
  });
});

describe('which database', () => {
  it('only those of contexts, by the context’s name where two have the same database', async () => {
    expect(await endpoints.ask(at('kg'))).toMatchObject({ status: 200 });
    // Which server's login it should be nobody knows: none is asked, though it would be right at one of them.
    for (const name of ['neo4j', 'system', 'no-such']) {
      expect(await endpoints.ask(at(name))).toMatchObject({ status: 401 });
    }
  });

  it('a context’s database that the server has not is answered as the server does', async () => {
    const { server, ours } = await endpoints.send(at('absent'));
    expect([ours.status, ours.body]).toEqual([server.status, server.body]);
    expect(server.status).toBe(404);
  });

  it('one that cannot be reached is unavailable, without saying where it is', async () => {
    const answer = await endpoints.ask(at('gone'));
    expect(answer.status).toBe(503);
    expect(answer.body).not.toContain('127.0.0.1');
  });

  it('a connection lost since the last request is replaced unseen', async () => {
    const request = { ...of('RETURN 1 AS x'), path: '/db/cut/tx/commit' };
    expect((await endpoints.ask(request)).body).toContain('"row":[1]');
    const anything = new Uint8Array();
    const cut = proxy.cutAfterClientSends(anything, { forward: false });
    const answer = await endpoints.ask(request);
    await cut;
    expect(answer.body).toContain('"row":[1]');
  });

  it('a connection lost at COMMIT is answered with an error that leaves open whether it committed', async () => {
    const cut = proxy.cutAfterClientSends(boltCommit, { forward: true });
    const answer = await endpoints.ask({ ...of(`CREATE (n:Q${run}) RETURN 1 AS x`), path: '/db/cut/tx/commit' });
    await cut;
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(/"row":\[1\].*DatabaseUnavailable.*may have been applied/);
    expect(answer.body).not.toContain('lastBookmarks');
    await cypher(`MATCH (n:Q${run}) DELETE n`);
  });
});

describe('what an answer may hold', () => {
  const answer = async (text: string, limits: { maxRows: number; maxBytes: number }) => {
    const statement = { text, parameters: {}, contents: ['row'] as const, includeStats: false };
    const connections = new QueryConnections();
    await connections.refresh();
    return await answerQuery({
      driver: await connections.driver(connections.ofContext('kg')),
      database: 'neo4j',
      accessMode: 'WRITE',
      bookmarks: [],
      timeoutMs: 20_000,
      statements: [{ ...statement, text: 'RETURN 1 AS x' }, statement],
      limits,
    });
  };

  it.each([
    ['UNWIND range(1, 100000) AS i RETURN i', { maxRows: 5_000, maxBytes: 1e9 }, '5000 rows'],
    ["UNWIND range(1, 100) AS i RETURN 'éééé' AS x", { maxRows: 5_000, maxBytes: 2_000 }, '2000 bytes'],
  ])('more than that is an error, rolled back: %s', async (text, limits, message) => {
    const { json, error } = await answer(`CREATE (:Q${run}) WITH 1 AS one ${text}`, limits);
    expect(error).toBe('Graphdrop.ClientError.Answer.TooLarge');
    expect(JSON.parse(json)).toEqual({
      results: [
        { columns: ['x'], data: [{ row: [1], meta: [null] }] },
        { columns: [expect.any(String)], data: [] },
      ],
      errors: [{ code: error, message: expect.stringContaining(message) }],
    });
    expect(await cypher(`MATCH (n:Q${run}) RETURN n`)).toEqual([]);
  });

  it('exactly that much is no error', async () => {
    const { error } = await answer('UNWIND range(1, 9) AS i RETURN i', { maxRows: 10, maxBytes: 1e9 });
    expect(error).toBeNull();
  });

  it('is small enough for Lambda, as text within JSON', async () => {
    const text = `UNWIND range(1, 40000) AS i RETURN '"\\\\"' + toString(i) AS x, 'é' AS y`;
    const body = JSON.stringify({ statements: [{ statement: text }] });
    const response = await endpoints.invoke({
      rawPath: '/db/kg/tx/commit',
      headers: { 'content-type': 'application/json', ...as(username, password) },
      body,
      requestContext: { http: { method: 'POST' } },
    });
    expect(response).toContain('"statusCode":200');
    expect(Buffer.byteLength(response)).toBeLessThan(6 * 1024 * 1024);
  });
});

describe('logs', () => {
  it('have neither credentials nor texts nor values', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation(line => lines.push(String(line)) > 0);
    const secret = `hidden-${run}`;
    const statement = { statement: `RETURN $x AS x, '${secret}' AS y`, parameters: { x: secret } };
    await endpoints.ask({ ...of(statement), path: '/db/kg/tx/commit' });
    await endpoints.ask({ ...of(statement), path: '/db/kg/tx/commit', headers: as('nobody', secret) });
    await endpoints.ask({ ...of({ ...statement, statement: `RETURN '${secret}' + 1/0` }), path: '/db/gone/tx/commit' });
    await endpoints.invoke({ context: 'kg', statements: [{ statement: `${secret}` }] });
    await endpoints.invoke({ context: 'gone', statements: [statement] }).catch(() => {});
    spy.mockRestore();
    expect(lines.length).toBeGreaterThanOrEqual(4);
    const text = lines.join('\n');
    for (const hidden of [secret, password, Buffer.from(secret).toString('base64').slice(0, 12)]) {
      expect(text).not.toContain(hidden);
    }
  });
});

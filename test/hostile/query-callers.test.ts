/** Threat: a caller of the query function does more than the stack gives, or keeps others from their work. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { BothEndpoints } from '../query/both-endpoints.ts';
import { of } from '../query/requests.ts';

const endpoints = new BothEndpoints();
const run = randomUUID().slice(0, 8);
const label = `Caller${run}`;
const service = { username: `service-${run}`, password: `right-${run}` };
const person = { username: `person-${run}`, password: `right-${run}` };
const { boltUri } = inject('services').neo4j;

const basic = ({ username, password }: typeof service) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function cypher(text: string, parameters: object = {}): Promise<void> {
  await endpoints.driver.executeQuery(text, parameters);
}

async function ask(statement: string, who: typeof service, path = '/db/service/tx/commit'): Promise<number> {
  return (await endpoints.ask({ ...of(statement), path, headers: { authorization: basic(who) } })).status;
}

beforeAll(async () => {
  for (const user of [service, person])
    await cypher('CREATE USER $username SET PASSWORD $password CHANGE NOT REQUIRED', user);
  await endpoints.open({
    service: { secret: service },
    // The database of two servers, and a context of that name.
    shared: { database: 'other', secret: { uri: 'bolt://127.0.0.1:1' } },
    twice: { database: 'shared', secret: { uri: 'bolt://127.0.0.1:2' } },
    thrice: { database: 'shared', secret: { uri: 'bolt://127.0.0.1:3' } },
  });
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await cypher(`MATCH (n:${label}) DETACH DELETE n`);
  for (const user of [service, person]) await cypher('DROP USER $username IF EXISTS', user);
  await endpoints.close();
});

describe('strangers at the URL', () => {
  it('cannot lock out the user that the workers log in with', async () => {
    const guess = { ...service, password: 'wrong' };
    for (const path of ['/db/service/tx/commit', '/db/kg/tx/commit']) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => ask('RETURN 1', guess, path)));
      expect(answers).toEqual(Array.from({ length: 6 }, () => 401));
    }
    expect(await ask('RETURN 1', service)).toBe(200);
    expect(await endpoints.invoke({ context: 'service', statements: [{ statement: 'RETURN 1 AS x' }] })).toContain(
      '[1]',
    );
  });

  it('are answered like any wrong login, and people still log in', async () => {
    expect(await ask('RETURN 1', { username: 'nobody', password: 'wrong' })).toBe(401);
    expect(await ask('RETURN 1', person)).toBe(200);
  });
});

describe('a context named like a database of two servers', () => {
  it('can be addressed by URL', async () => {
    const answer = await endpoints.ask({ ...of('RETURN 1'), path: '/db/shared/tx/commit' });
    expect(answer.body).not.toContain('DatabaseNotFound');
    expect(answer.status).toBe(503);
  });
});

describe('an IAM-authorized URL', () => {
  const event = (path: string, statement: string, headers: object = {}) => ({
    rawPath: path,
    headers: { 'content-type': 'application/json', authorization: 'AWS4-HMAC-SHA256 Credential=...', ...headers },
    body: JSON.stringify({ statements: [{ statement }] }),
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST' }, authorizer: { iam: { accountId: '000000000000' } } },
  });

  it('asks with the user of the context’s secret', async () => {
    const answer = await endpoints.invoke(event('/db/service/tx/commit', 'SHOW CURRENT USER YIELD user RETURN user'));
    expect(JSON.parse(answer)).toMatchObject({ statusCode: 200, body: expect.stringContaining(service.username) });
  });

  it('knows no other databases', async () => {
    const answer = await endpoints.invoke(event('/db/system/tx/commit', 'SHOW USERS'));
    expect(JSON.parse(answer)).toMatchObject({ statusCode: 404 });
  });
});

describe('a stack with read access', () => {
  const read = async () => {
    vi.stubEnv('GRAPHDROP_QUERY_ACCESS', 'read');
    vi.resetModules();
    const { handler } = await import('../../functions/query.ts');
    return async (event: object): Promise<string> =>
      JSON.stringify(await (handler as unknown as (event: object) => Promise<unknown>)(event));
  };
  const writing = { context: 'kg', statements: [{ statement: `CREATE (:${label})` }] };

  it('gives no write access, however it is asked for', async () => {
    const invoke = await read();
    expect(await invoke({ ...writing, accessMode: 'WRITE' })).toContain('Neo.ClientError.Security.Forbidden');
    expect(await invoke(writing)).toContain('Neo.ClientError.Statement.AccessMode');
    const { username, password } = inject('services').neo4j;
    const url = (headers: object) => ({
      rawPath: '/db/kg/tx/commit',
      headers: { 'content-type': 'application/json', authorization: basic({ username, password }), ...headers },
      body: JSON.stringify({ statements: writing.statements }),
      isBase64Encoded: false,
      requestContext: { http: { method: 'POST' } },
    });
    expect(await invoke(url({}))).toContain('Neo.ClientError.Statement.AccessMode');
    expect(await invoke(url({ 'access-mode': 'write' }))).toContain('Neo.ClientError.Security.Forbidden');
    const inTransactions = `UNWIND [1] AS x CALL (x) { CREATE (:${label}) } IN TRANSACTIONS RETURN x`;
    expect(await invoke({ ...writing, statements: [{ statement: inTransactions }] })).toContain('AccessMode');
    const { records } = await endpoints.driver.executeQuery(`MATCH (n:${label}) RETURN n`);
    expect(records).toEqual([]);
  });
});

describe('a stack with stored statements', () => {
  it('runs these and no others', async () => {
    const stored = { one: 'RETURN $x AS one', two: 'RETURN 2 AS two' };
    vi.stubEnv('GRAPHDROP_QUERY_STATEMENTS', JSON.stringify(stored));
    vi.resetModules();
    const { handler } = await import('../../functions/query.ts');
    const invoke = async (statement: object): Promise<string> => {
      const event = { context: 'kg', statements: [statement] };
      return JSON.stringify(await (handler as unknown as (event: object) => Promise<unknown>)(event));
    };
    expect(await invoke({ name: 'one', parameters: { x: 5 } })).toContain('"row":[5]');
    expect(await invoke({ statement: stored.two })).toContain('"row":[2]');
    for (const other of [
      { statement: 'RETURN 3 AS three' },
      { statement: ` ${stored.two}` },
      { name: 'three' },
      { name: 'constructor' },
      { name: '__proto__', statement: stored.two },
      { name: 1, statement: 'RETURN 3' },
      {},
    ])
      expect(await invoke(other)).toMatch(
        /"results":\[\],"errors":\[\{"code":"Graphdrop.ClientError.Statement.NotAllowed"/,
      );
  });
});

describe('the address of the server', () => {
  it('is in no answer', async () => {
    const answer = await endpoints.ask({ ...of('RETURN 1'), path: '/db/shared/tx/commit' });
    for (const part of ['127.0.0.1', new URL(boltUri).port]) expect(answer.body).not.toContain(part);
  });
});

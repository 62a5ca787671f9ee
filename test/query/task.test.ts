/** Promise: a direct invocation is answered in full or not at all, with exact values and errors in the answer. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BothEndpoints } from './both-endpoints.ts';

const endpoints = new BothEndpoints();
const run = randomUUID().slice(0, 8);
const label = `Task${run}`;
const user = { username: `task-${run}`, password: randomUUID() };

async function cypher(text: string, parameters: object = {}): Promise<unknown[]> {
  const { records } = await endpoints.driver.executeQuery(text, parameters, { database: 'neo4j' });
  return records.map(record => record.toObject());
}

beforeAll(async () => {
  await endpoints.open({ rotated: { secret: user }, elsewhere: { database: 'absent' } });
  await cypher('CREATE USER $username SET PASSWORD $password CHANGE NOT REQUIRED', user);
});
afterAll(async () => {
  await cypher(`MATCH (n:${label}) DETACH DELETE n`);
  await cypher('DROP USER $username IF EXISTS', user);
  await endpoints.close();
});

const creating = [{ statement: `CREATE (n:${label} {by: $by}) RETURN n.by AS by`, parameters: { by: 'task' } }];
const count = { statement: `MATCH (n:${label}) RETURN count(n) AS c` };

describe('a task reads, and writes only when told to', () => {
  it('refuses to write, in the server’s words, and leaves nothing', async () => {
    const answer = JSON.parse(await endpoints.invoke({ context: 'kg', statements: creating }));
    expect(answer).toEqual({
      results: [],
      errors: [
        {
          code: 'Neo.ClientError.Statement.AccessMode',
          message: 'Writing in read access mode not allowed. Attempted write to neo4j',
        },
      ],
    });
    expect(await endpoints.invoke({ context: 'kg', statements: [count] })).toContain('"row":[0]');
  });

  it('writes with accessMode WRITE', async () => {
    const event = { context: 'kg', accessMode: 'WRITE', statements: [...creating, count] };
    expect(await endpoints.invoke(event)).toMatch(/"row":\["task"\].*"row":\[1\].*"errors":\[\],"lastBookmarks":\["/);
  });
});

describe('values are exact', () => {
  it('integers of 64 bits and floats in the answer', async () => {
    const statements = [{ statement: 'RETURN 9223372036854775807 AS i, 1.0 AS f, [1e10, 0.0/0.0, 2] AS l' }];
    expect(await endpoints.invoke({ context: 'kg', statements })).toContain(
      '"row":[9223372036854775807,1.0,[1.0E10,"NaN",2]]',
    );
  });

  it('whole numbers of an event are integers, others floats', async () => {
    const statement = 'RETURN $i / 2 AS i, $f / 2 AS f';
    const event = { context: 'kg', statements: [{ statement, parameters: { i: 7, f: 7.5 } }] };
    expect(await endpoints.invoke(event)).toContain('"row":[3,3.75]');
  });

  it('a request as text keeps what JavaScript would lose', async () => {
    const body = '{"statements":[{"statement":"RETURN $x AS x","parameters":{"x":[9007199254740993,7.0]}}]}';
    expect(await endpoints.invoke({ context: 'kg', body })).toContain('"row":[[9007199254740993,7.0]]');
  });

  it('an integer that was rounded on its way is refused', async () => {
    const statements = [{ statement: 'RETURN $x', parameters: { x: [2 ** 53] } }];
    await expect(endpoints.invoke({ context: 'kg', statements })).rejects.toThrow(
      'got the number 9007199254740992, of which Lambda keeps 53 bits',
    );
  });
});

describe('a task names its database', () => {
  const statements = [{ statement: 'RETURN 1 AS x' }];

  it.each([{ context: 'kg' }, { context: 'rotated' }])('by context %o', async name => {
    expect(await endpoints.invoke({ ...name, statements })).toContain('"row":[1]');
  });

  it.each<[object, string]>([
    [{ context: 'nope', statements }, 'this stack has no context "nope"; it has kg, rotated, elsewhere'],
    [{ database: 'nope', statements }, 'this stack has no context "nope"'],
    [{ database: 'neo4j', statements }, 'the contexts kg, rotated all have a database neo4j: name the context instead'],
    [{ database: 'absent', statements }, 'absent'],
    [{ statements }, 'give database or context, one of them'],
    [{ database: 'a', context: 'b', statements }, 'give database or context, one of them'],
    [{ context: 'kg' }, 'give statements or body, one of them'],
    [{ context: 'kg', statements: 'RETURN 1' }, 'not a query: '],
    [{ context: 'kg', statements, accesMode: 'WRITE' }, 'accesMode'],
    [{ context: 'kg', statements, accessMode: 'ADMIN' }, 'accessMode'],
  ])('%o is refused', async (event, message) => {
    await expect(endpoints.invoke(event)).rejects.toThrow(message);
  });
});

describe('failures', () => {
  it('are in the answer, after the results before them', async () => {
    const statements = [{ statement: 'RETURN 1 AS x' }, { statement: 'RETURN 1/0 AS y' }, { statement: 'RETURN 3' }];
    expect(JSON.parse(await endpoints.invoke({ context: 'kg', statements }))).toEqual({
      results: [
        { columns: ['x'], data: [{ row: [1], meta: [null] }] },
        { columns: ['y'], data: [] },
      ],
      errors: [{ code: 'Neo.ClientError.Statement.ArithmeticError', message: '/ by zero' }],
    });
  });

  it('a malformed statement is reported after the results before it', async () => {
    const answer = await endpoints.invoke({ context: 'kg', statements: [{ statement: 'RETURN 1 AS x' }, 5] });
    expect(answer).toMatch(/"row":\[1\].*No statement provided/);
  });

  it('a time limit of the caller ends the transaction on the server', async () => {
    const statements = [{ statement: 'UNWIND range(1, 1000000000) AS i RETURN count(i) AS c' }];
    expect(await endpoints.invoke({ context: 'kg', statements, timeLimit: 2_000 })).toMatch(
      /"columns":\["c"\],"data":\[\]\}\],"errors":\[\{"code":"Neo.ClientError.Transaction.TransactionTimedOut/,
    );
  });

  it('an answer comes before the invocation’s time is up', async () => {
    const statements = [{ statement: 'UNWIND range(1, 1000000000) AS i RETURN count(i) AS c' }];
    expect(await endpoints.invoke({ context: 'kg', statements }, 1_700)).toContain(
      'The database did not answer in the time this function has',
    );
    expect(await endpoints.invoke({ context: 'kg', statements: [{ statement: 'RETURN 1 AS x' }] })).toContain('[1]');
  });
});

describe('credentials of the secret', () => {
  it('are read again after a rotation, and connections that the database closed are replaced', async () => {
    const statements = [{ statement: 'RETURN 1 AS x' }];
    expect(await endpoints.invoke({ context: 'rotated', statements })).toContain('"row":[1]');
    const next = { ...user, password: randomUUID() };
    await cypher('ALTER USER $username SET PASSWORD $password', next);
    const SecretString = JSON.stringify({ uri: inject('services').neo4j.boltUri, ...next });
    await endpoints.secrets.send(new PutSecretValueCommand({ SecretId: endpoints.secretId('rotated'), SecretString }));
    const open = 'CALL dbms.listConnections() YIELD connectionId AS id, username AS user WHERE user = $username';
    await cypher(`${open} CALL dbms.killConnection(id) YIELD message RETURN message`, user);
    while ((await cypher(`${open} RETURN id`, user)).length > 0) await sleep(20);
    expect(await endpoints.invoke({ context: 'rotated', statements })).toContain('"row":[1]');
  });
});

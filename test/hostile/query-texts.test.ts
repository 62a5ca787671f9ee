/** Threat: a caller's text, in a form that nobody expects, writes in read access, commits half of a request, or ends the function. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BothEndpoints } from '../query/both-endpoints.ts';

const endpoints = new BothEndpoints();
const label = `Texts${randomUUID().slice(0, 8)}`;

interface Answer {
  readonly results: readonly { readonly data: readonly { readonly row: readonly unknown[] }[] }[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

async function ask(event: object): Promise<Answer> {
  return JSON.parse(await endpoints.invoke({ context: 'kg', ...event })) as Answer;
}

const statements = (...texts: readonly string[]) => texts.map(statement => ({ statement }));

/** What is in the database of this suite's: nodes, and schema. */
async function traces(): Promise<unknown[]> {
  const all = await Promise.all(
    [
      `MATCH (n:${label}) RETURN n.x AS x`,
      `SHOW INDEXES YIELD labelsOrTypes AS l WHERE '${label}' IN l RETURN l AS x`,
      `CALL db.labels() YIELD label AS l WHERE l STARTS WITH '${label}' RETURN l AS x`,
    ].map(text => endpoints.driver.executeQuery(text)),
  );
  return all.flatMap(({ records }) => records.map(record => record.get('x')));
}

beforeAll(async () => {
  await endpoints.open();
});
afterAll(async () => {
  await endpoints.driver.executeQuery(`MATCH (n:${label}) DETACH DELETE n`);
  await endpoints.close();
});

const create = `CREATE (:${label} {x: 1})`;

describe('read access writes nothing, however it is said:', () => {
  it.each([
    create,
    `RETURN 1 AS x; ${create}`,
    `// RETURN 1\n${create}`,
    `/* RETURN 1 */ ${create}`,
    `USE neo4j ${create}`,
    `CYPHER runtime=slotted ${create}`,
    `PROFILE ${create}`,
    `\\u0043REATE (:${label})`,
    `CREATE (:${label}\\u0060 {x: 1})`,
    `CALL () { ${create} } IN TRANSACTIONS`,
    `UNWIND [1, 2] AS i CALL (i) { ${create} } IN 2 CONCURRENT TRANSACTIONS OF 1 ROW ON ERROR CONTINUE RETURN i`,
    `LOAD CSV FROM 'data:text/csv,1' AS line ${create}`,
    `FOREACH (i IN [1] | ${create})`,
    `CALL db.createLabel('${label}')`,
    `CREATE INDEX ${label} FOR (n:${label}) ON (n.x)`,
    `CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh() ${create}`,
    `EXPLAIN ${create}`,
  ])('%s', async text => {
    const { errors } = await ask({ statements: statements('RETURN 1 AS x', text) });
    // A plan changes nothing, and is no error.
    if (!text.startsWith('EXPLAIN')) expect(errors.map(({ code }) => code)).toEqual([expect.stringMatching(/^Neo\./)]);
    expect(await traces()).toEqual([]);
  });
});

describe('what comes before in a request goes with', () => {
  it.each([
    'RETURN 1; RETURN 2',
    'USE system SHOW USERS',
    'SHOW DATABASES YIELD name, x',
    `CALL () { ${create} } IN TRANSACTIONS`,
    ':begin',
    'COMMIT',
    'ROLLBACK',
    `CREATE INDEX ${label} FOR (n:${label}) ON (n.x)`,
    "TERMINATE TRANSACTIONS 'neo4j-transaction-999999999' YIELD x",
    'RETURN \\u0060',
    'RETURN `',
    "RETURN '\\u0000' AS x, 1 / 0 AS y",
    ' \n\t ',
    '\u0000',
  ])('%s', async text => {
    const { errors } = await ask({ accessMode: 'WRITE', statements: statements(create, text) });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.code).toMatch(/^Neo\./);
    expect(await traces()).toEqual([]);
  });
});

describe('requests of odd shapes are answered:', () => {
  const body = (statement: string) => ({ body: `{"statements":[${statement}]}` });
  const row = async (event: object) => {
    const { results, errors } = await ask(event);
    return errors.length > 0 ? errors.map(({ code }) => code) : results.map(({ data }) => data[0]?.row);
  };

  it('a key twice: the last counts, as on the server', async () => {
    expect(await row(body('{"statement":"RETURN 1 AS x","statement":"RETURN 2 AS x"}'))).toEqual([[2]]);
    expect(await row(body('{"statement":"RETURN $p AS x","parameters":{"p":1,"p":2}}'))).toEqual([[2]]);
  });

  it.each(['9223372036854775808', '-9223372036854775809', '7'.repeat(400), '7'.repeat(1_000_000)])(
    'an integer beyond 64 bits: an error (%#)',
    async digits => {
      const found = await row(body(`{"statement":"RETURN $p AS x","parameters":{"p":${digits}}}`));
      expect(found).toEqual(['Neo.DatabaseError.Statement.ExecutionFailed']);
    },
  );

  it('names that objects have by themselves are names', async () => {
    const parameters = '{"constructor":1,"toString":2,"toJSON":3,"hasOwnProperty":4,"valueOf":5}';
    const text = 'RETURN $constructor AS a, $toString AS b, $toJSON AS c, $hasOwnProperty AS d, $valueOf AS e';
    expect(await row(body(`{"statement":"${text}","parameters":${parameters}}`))).toEqual([[1, 2, 3, 4, 5]]);
    const map = 'RETURN {constructor: 1, toJSON: 2, toString: 3, length: 4} AS m';
    expect(await row({ statements: statements(map) })).toEqual([
      [{ constructor: 1, toJSON: 2, toString: 3, length: 4 }],
    ]);
  });

  it('a hundred thousand parameters', async () => {
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`p${n}`, n]));
    const statement = { statement: 'RETURN $p99999 AS x', parameters: many };
    expect(await row({ statements: [statement] })).toEqual([[99_999]]);
  });

  it('a bookmark of another database', async () => {
    const session = endpoints.driver.session({ database: 'system' });
    await session.run('SHOW DATABASES');
    const bookmarks = session.lastBookmarks();
    await session.close();
    const { errors } = await ask({ bookmarks, statements: statements('RETURN 1 AS x') });
    for (const { code } of errors) expect(code).toMatch(/Bookmark/);
  });
});

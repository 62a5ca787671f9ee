/** Threat: a request of the query function breaks its transaction, or outgrows the answer, the memory or the time it has. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BothEndpoints } from '../query/both-endpoints.ts';

const endpoints = new BothEndpoints();
const label = `Hostile${randomUUID().slice(0, 8)}`;
/** Lambda's own, in bytes. */
const MAX_ANSWER = 6 * 1024 * 1024;

interface Answer {
  readonly results: readonly { readonly columns: string[]; readonly data: readonly unknown[] }[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

async function run(...statements: readonly (string | object)[]): Promise<Answer> {
  const all = statements.map(it => (typeof it === 'string' ? { statement: it } : it));
  return await answer({ statements: all });
}

async function answer(event: object): Promise<Answer> {
  const text = await endpoints.invoke({ context: 'kg', accessMode: 'WRITE', ...event });
  expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(MAX_ANSWER);
  return JSON.parse(text) as Answer;
}

async function nodes(): Promise<number> {
  const { records } = await endpoints.driver.executeQuery(`MATCH (n:${label}) RETURN count(n) AS c`);
  return records[0]?.get('c').toNumber();
}

const codes = ({ errors }: Answer): string[] => errors.map(({ code }) => code);
const TOO_LARGE = ['Graphdrop.ClientError.Answer.TooLarge'];

beforeAll(async () => {
  await endpoints.open();
});
afterAll(async () => {
  await endpoints.driver.executeQuery(`MATCH (n:${label}) DETACH DELETE n`);
  await endpoints.close();
});

describe('a request is one transaction', () => {
  it('whatever texts its errors hold', async () => {
    const said = 'can only be executed in an implicit transaction';
    // May fail when it is run, and succeed when it is run again.
    const text = `CREATE (n:${label}) RETURN CASE WHEN rand() < 0.5 THEN date($said) ELSE date() END AS d`;
    for (let i = 0; i < 30; i++) await run({ statement: text, parameters: { said } }, 'RETURN 1/0');
    expect(await nodes()).toBe(0);
  });

  it('also where a procedure wrote, which the server counts as no change', async () => {
    await endpoints.driver.executeQuery(`CREATE (:${label} {keep: true})`);
    const inTransactions = `UNWIND [1] AS x CALL (x) { CREATE (:${label}) } IN TRANSACTIONS RETURN x`;
    const found = await run(
      `MATCH (n:${label} {keep: true}) CALL db.create.setNodeVectorProperty(n, 'v', [1.0, 2.0]) RETURN 1 AS x`,
      inTransactions,
    );
    expect(codes(found)).toEqual(['Neo.DatabaseError.Statement.ExecutionFailed']);
    expect(await nodes()).toBe(1);
    await endpoints.driver.executeQuery(`MATCH (n:${label}) DELETE n`);
  });
});

describe('an answer that is too large is refused before COMMIT', () => {
  const times = (count: number, text: string) => Array.from({ length: count }, () => text);
  const long = 'x'.repeat(15_000);

  it.each<[string, string[]]>([
    ['plans', times(300, `PROFILE CREATE (n:${label}) RETURN n.${long} IS NULL AS x`)],
    ['plans of statements without rows', times(300, `PROFILE CREATE (n:${label}) SET n.${long} = null`)],
    ['column names', times(60, `CREATE (n:${label}) RETURN 1 AS \`${'c'.repeat(100_000)}\``)],
    ['one column name', [`CREATE (n:${label}) RETURN 1 AS \`${'"'.repeat(2_900_000)}\``]],
    ['notifications', [`CREATE (:${label})`, ...times(300, `MATCH (n:${long}) RETURN n.${long} AS y`)]],
  ])('%s', async (_what, statements) => {
    expect(codes(await run(...statements))).toEqual(TOO_LARGE);
    expect(await nodes()).toBe(0);
  });
});

describe('errors are short', () => {
  it('of a statement of 2.9 MB', async () => {
    const { errors } = await run(`CREATE (:${label}) RETURN '${'"'.repeat(2_900_000)}`);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message.length).toBeLessThan(3_000);
  });

  it('of a name of 4 MB in the task, in the log too', async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation(line => lines.push(String(line)) > 0);
    const large = 'x'.repeat(4_000_000);
    const messages: string[] = [];
    for (const event of [{ context: large }, { context: 'kg', [large]: 1 }, { database: large }])
      await endpoints.invoke({ ...event, statements: [] }).catch((error: Error) => messages.push(error.message));
    spy.mockRestore();
    expect(messages).toHaveLength(3);
    for (const text of [...lines, ...messages]) expect(text.length).toBeLessThan(5_000);
  });
});

describe('depth', () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
    return value;
  };
  it.each([1_001, 3_000, 20_000])('of parameters: %d is an error in the answer', async depth => {
    const statement = { statement: 'RETURN $x AS x', parameters: { x: nested(depth) } };
    expect(codes(await run('RETURN 1 AS x', statement))).toEqual(['Neo.ClientError.Request.InvalidFormat']);
    const body = `{"statements":[{"statement":"RETURN 1 AS x"},{"statement":"RETURN $x","parameters":{"x":${'['.repeat(depth)}${']'.repeat(depth)}}}]}`;
    expect(codes(await answer({ body }))).toEqual(['Neo.ClientError.Request.InvalidFormat']);
  });

  it('of parameters: 900 is none', async () => {
    expect(codes(await run({ statement: 'RETURN $x AS x', parameters: { x: nested(900) } }))).toEqual([]);
  });

  it.each([1_001, 2_000, 3_000])(
    'of results: %d is an error in the answer, and the next request is answered',
    async depth => {
      const parameters = { seed: [1], depth };
      const text = { statement: 'RETURN reduce(x = $seed, i IN range(2, $depth) | [x]) AS x', parameters };
      for (const accessMode of ['READ', 'WRITE']) {
        const found = await answer({ accessMode, statements: [{ statement: `RETURN 1 AS x` }, text] });
        expect(codes(found)).toEqual(['Graphdrop.ClientError.Answer.TooDeep']);
        expect(codes(await run('RETURN 1 AS x'))).toEqual([]);
      }
    },
  );
});

describe('time', () => {
  it('brackets that are no list of statements cost no more than their length', async () => {
    const bodies = ['[', '{"a":', '[1,', '{"statements":'].map(part => part.repeat(200_000));
    for (const body of [
      ...bodies,
      `${'['.repeat(900)}${'1,'.repeat(200_000)}1${']'.repeat(900)}`,
      `[${'[],'.repeat(200_000)}1]`,
    ]) {
      const before = process.cpuUsage();
      expect(codes(await answer({ body }))).toEqual(['Neo.ClientError.Request.InvalidFormat']);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6).toBeLessThan(5);
    }
  });
});

describe('memory', () => {
  it('records that wait for end nodes count', async () => {
    await endpoints.driver.executeQuery(`CREATE (:${label})-[:H]->(:${label})`);
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const waiting = (contents: string[]) => ({
      statement: `MATCH (:${label})-[r]->() UNWIND range(1, 2000) AS i RETURN r, range(1, 8000) AS l`,
      resultDataContents: contents,
    });
    expect(codes(await run(waiting(['row', 'graph'])))).toEqual(TOO_LARGE);
    await run(waiting(['graph']));
    clearInterval(watch);
    expect(most - before).toBeLessThan(300e6);
    await endpoints.driver.executeQuery(`MATCH (n:${label}) DETACH DELETE n`);
  });

  it('end nodes that are looked up count', async () => {
    await endpoints.driver.executeQuery(
      `UNWIND range(1, 100) AS i CREATE (:${label} {text: $text})-[:H]->(:${label} {text: $text})`,
      { text: 'x'.repeat(500_000) },
    );
    const before = process.memoryUsage().rss;
    const found = await run({ statement: `MATCH (:${label})-[r]->() RETURN r`, resultDataContents: ['graph'] });
    expect(codes(found)).toEqual(TOO_LARGE);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
    await endpoints.driver.executeQuery(`MATCH (n:${label}) DETACH DELETE n`);
  });
});

describe('bookmarks that are none', () => {
  it.each(['nonsense', 'FB:kcwQ'])('%s: an error in the answer', async bookmark => {
    const { errors } = await answer({ bookmarks: [bookmark], statements: [{ statement: 'RETURN 1 AS x' }] });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.code).toMatch(/^Neo\.ClientError\.Transaction\.InvalidBookmark/);
  });
});

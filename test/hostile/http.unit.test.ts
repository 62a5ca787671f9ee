/** Threat: what answers at an http(s) uri never ends, never stops sending, or says what no Neo4j ever says. */
import { describe, expect, it } from 'vitest';
import { remedyFor } from '../../lib/commit/retry.ts';
import { GraphdropError } from '../../lib/errors.ts';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { answering, type Endpoint, endpoints, listen } from '../support/false-server.ts';

const auth = { username: 'neo4j', password: 'secret' };

async function failureOf(work: Promise<unknown>): Promise<Error & { code?: unknown }> {
  return await work.then(
    answer => new Error(`it did not fail: ${JSON.stringify(answer, (_, value) => String(value)).slice(0, 100)}`),
    error => error,
  );
}

/** A database of graphdrop's or the driver's errors has a code, and is no bare error of JavaScript. */
function expectCoded(error: Error & { code?: unknown }): void {
  expect(error.message).not.toMatch(/^it did not fail/);
  expect(['SyntaxError', 'TypeError', 'RangeError', 'Error']).not.toContain(error.name);
  expect(error.code).toMatch(/^[A-Z][\w.]+$/);
  expect(error instanceof GraphdropError || error.name === 'Neo4jError').toBe(true);
}

const query = async (uri: string, timeoutMs?: number) =>
  await failureOf(new ConnectionFactory({ uri, auth }).graph.query('RETURN 1 AS n', {}, timeoutMs));

async function commit(uri: string, timeoutMs = 5_000): Promise<Error & { code?: unknown; cause?: unknown }> {
  const fence = { scope: 'nobody@neo4j', epoch: 1, root: '', definition: '', next: 'x' };
  const [store, review] = [async () => {}, async () => {}];
  const { graph } = new ConnectionFactory({ uri, auth });
  return await failureOf(graph.commit({ fence, statements: [], tolerant: false, timeoutMs, store, review }));
}

/** Sends for ever, a piece at a time. */
const sending =
  ({ offer }: Pick<Endpoint, 'offer'>, type: string, beginning: string, piece: string, everyMs = 0) =>
  (...[request, response]: Parameters<ReturnType<typeof answering>>) => {
    if (request.method === 'GET') return void response.end(JSON.stringify(offer));
    response.writeHead(202, { 'content-type': type }).write(beginning);
    const more = (): void => {
      if (response.destroyed) return;
      if (everyMs > 0) setTimeout(() => response.write(piece, more), everyMs);
      else response.write(piece, more);
    };
    more();
  };

const LONG = 'x'.repeat(1_000_000);

const ODD_ANSWERS: readonly [string, string][] = [
  ['no JSON', '<<<'],
  ['a number', '5\n'],
  ['null', 'null\n'],
  ['an empty list', '[]\n'],
  ['an empty map', '{}\n'],
  ['data of another kind', '{"data":5}\n'],
  ['rows without fields', '{"data":{"values":[[{"$type":"Integer","_value":"1"}]]}}\n'],
  [
    'fields that are no list',
    '{"data":{"fields":5,"values":[[1]]}}\n{"header":5}\n{"data":[{"Z":"1"}]}\n{"info":{}}\n',
  ],
  [
    'a value of no type',
    '{"data":{"fields":["n"],"values":[[{"$type":"X","_value":"1"}]]}}\n{"header":{"fields":["n"]}}\n{"data":[{"Q":"1"}]}\n{"info":{}}\n',
  ],
  [
    'an integer that is none',
    '{"data":{"fields":["n"],"values":[[{"$type":"Integer","_value":"x"}]]}}\n{"header":{"fields":["n"]}}\n{"data":[{"Z":"x"}]}\n{"info":{}}\n',
  ],
  [
    'a date that is none',
    '{"data":{"fields":["n"],"values":[[{"$type":"Date","_value":"x"}]]}}\n{"header":{"fields":["n"]}}\n{"data":[{"T":"x"}]}\n{"info":{}}\n',
  ],
  ['an error that is null', '{"errors":[null]}\n{"error":{"errors":[null]}}\n{"info":{}}\n'],
  ['an error without a code', '{"errors":[{"message":"no"}]}\n{"error":{"errors":[{"message":"no"}]}}\n{"info":{}}\n'],
  [
    'an error with a code of another kind',
    '{"errors":[{"code":5,"message":6}]}\n{"error":{"errors":[{"code":5}]}}\n{"info":{}}\n',
  ],
  ['more ends than beginnings', ']]}}}\n'],
  ['lists in lists in lists', `{"data":{"fields":["n"],"values":[[${'['.repeat(50_000)}${']'.repeat(50_000)}]]}}\n`],
  [
    'maps in maps in maps',
    `{"header":{"fields":["n"]}}\n{"data":[${'{"[]":['.repeat(50_000)}${']}'.repeat(50_000)}]}\n{"info":{}}\n`,
  ],
];

describe.each(Object.entries(endpoints))('in the place of %s', (_, endpoint) => {
  const { type, success, row, rest } = endpoint;

  it.each(ODD_ANSWERS)('%s ends in an error with a code, of a query and of a batch', async (_, body) => {
    const uri = await listen(answering(endpoint, success, type, body));
    expectCoded(await failureOf(new ConnectionFactory({ uri, auth }).graph.queryOnce('RETURN 1 AS n')));
    const failed = await commit(uri);
    expectCoded(failed);
    expect(failed.code).toBe('COMMIT_UNKNOWN');
    expectCoded(failed.cause as Error);
    expect(['again', 'stop']).toContain(remedyFor(failed, true));
  });

  it.each([
    ['no JSON in an error', '{"code":"Neo.ClientError.Statement.SyntaxError","message":"\\x"}'],
    ['an error of quotes', `{"code":"Neo.ClientError.Statement.SyntaxError"}${'"message":"\\"'.repeat(20_000)}`],
  ])('%s ends in an error with a code', async (_, body) => {
    const error = await query(await listen(answering(endpoint, 400, type, body)));
    expectCoded(error);
  });

  it('a query that is never answered is given up', async () => {
    const uri = await listen((request, response) => {
      if (request.method === 'GET') answering(endpoint, success, type, '')(request, response);
    });
    const error = await query(uri, 1);
    expect(error.code).toBe('Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration');
  });

  it('an answer that never ends is given up, however slowly it comes', async () => {
    const error = await query(await listen(sending(endpoint, type, row, ' ', 20)), 1);
    expect(error.code).toBe('Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration');
  });

  it.each([
    [
      'in rows',
      row,
      row.startsWith('{"data":') ? `,[{"$type":"String","_value":"${LONG}"}]` : `{"data":[{"U":"${LONG}"}]}\n`,
    ],
  ])('an answer that grows and grows, %s, is given up', async (_, beginning, piece) => {
    const error = await query(await listen(sending(endpoint, type, beginning, piece)));
    expect(error.code).toBe('ANSWER_TOO_LARGE');
  });

  it('a batch whose answer grows and grows is not taken for committed, and smaller ones are tried', async () => {
    const failed = await commit(await listen(sending(endpoint, type, row, LONG)));
    expect(failed.code).toBe('COMMIT_UNKNOWN');
    expect(remedyFor(failed, true)).toBe('smaller');
  });

  it('an error page that never ends is read no further than it must', async () => {
    const error = await query(await listen(sending(endpoint, 'text/html', '<html>', 'x'.repeat(1_000_000))));
    expect(error.code).toBe('ENDPOINT');
  });

  it('an answer that is right is read all the same', async () => {
    const uri = await listen(answering(endpoint, success, type, `${row}${rest}`));
    expect(await new ConnectionFactory({ uri, auth }).graph.query('RETURN 1 AS n')).toEqual([{ n: 1n }]);
  });
});

describe('a discovery document', () => {
  it.each([
    '',
    'null',
    '5',
    '[]',
    '<html>',
    '{"query":5}',
    '{"query":"no address"}',
    '{"transaction":"//"}',
    '{"query":{}}',
  ])('of %j ends in an error with a code', async body => {
    const error = await query(await listen((_, response) => void response.end(body)));
    expect(error.code).toBe('ENDPOINT');
  });

  it('that never ends is read no further than it must', async () => {
    const uri = await listen((_, response) => {
      response.write('{"query":"');
      const more = (): void => void (response.destroyed || response.write('x'.repeat(1_000_000), more));
      more();
    });
    expect((await query(uri)).code).toBe('ENDPOINT');
  });
});

/** Threat: what answers at an http(s) uri leads logins elsewhere, lies about the length of its answers, or packs them. */
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import { answering, endpoints, listen } from '../support/false-server.ts';

const auth = { username: 'neo4j', password: 'secret' };

async function codeOf(uri: string): Promise<unknown> {
  const { graph } = new ConnectionFactory({ uri, auth });
  return await graph.queryOnce('RETURN 1 AS n').then(
    rows => `it did not fail: ${rows.length} rows`,
    error => error.code,
  );
}

describe.each(Object.entries(endpoints))('in the place of %s', (_, endpoint) => {
  const { type, success, row, rest, offer } = endpoint;

  it.each([301, 302, 303, 307, 308])('a redirect by %d takes no login to another server', async status => {
    const logins: unknown[] = [];
    const elsewhere = await listen((request, response) => {
      logins.push(request.headers.authorization);
      answering(endpoint, success, type, `${row}${rest}`)(request, response);
    });
    const led = await listen((_request, response) => {
      response.writeHead(status, { location: `${elsewhere}/`, 'content-type': type }).end();
    });
    expect(await codeOf(led)).toBe('ENDPOINT');
    const ledLater = await listen((request, response) => {
      if (request.method === 'GET') return void response.end(JSON.stringify(offer));
      response.writeHead(status, { location: `${elsewhere}/db/neo4j/query/v2`, 'content-type': type }).end();
    });
    expect(await codeOf(ledLater)).toBe('ENDPOINT');
    expect(logins).toEqual([]);
  });

  it('a small answer that unpacks to gigabytes is given up', async () => {
    const zeros = gzipSync(Buffer.alloc(64_000_000, ' '));
    const uri = await listen((request, response) => {
      if (request.method === 'GET') return void response.end(JSON.stringify(offer));
      response.writeHead(success, { 'content-type': type, 'content-encoding': 'gzip' });
      response.write(gzipSync(row));
      for (let times = 0; times < 40; times += 1) response.write(zeros);
      response.end(gzipSync(rest));
    });
    const before = process.memoryUsage().rss;
    expect(await codeOf(uri)).toBe('ANSWER_TOO_LARGE');
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
  });

  it('millions of rows that hold nothing are given up before they take memory', async () => {
    const empty = row.startsWith('{"data":') ? ',[]' : '{"data":[]}\n';
    const before = process.memoryUsage().rss;
    const uri = await listen((request, response) => {
      if (request.method === 'GET') return void response.end(JSON.stringify(offer));
      response.writeHead(success, { 'content-type': type }).write(row);
      const piece = empty.repeat(100_000);
      for (let times = 0; times < 80; times += 1) response.write(piece);
      response.end(rest);
    });
    expect(await codeOf(uri)).toBe('ENDPOINT');
    expect(process.memoryUsage().rss - before).toBeLessThan(400e6);
  });
});

describe('an answer whose length is not what it says', () => {
  const open: { destroy(): void }[] = [];
  afterEach(() => {
    for (const it of open.splice(0)) it.destroy();
  });

  /** Answers all requests with the same bytes. */
  async function raw(answer: string): Promise<string> {
    const server = createServer(socket => {
      open.push(socket);
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    });
    open.push({ destroy: () => server.close() });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  it.each([
    ['longer than said', 'content-length: 3\r\n\r\n{"query":"http://x/db/{databaseName}/query/v2"}'],
    ['shorter than said', 'content-length: 1000000\r\n\r\n{"query":"http://x/'],
    ['of a length that is none', 'content-length: 1e9\r\n\r\n{}'],
    ['of two lengths', 'content-length: 2\r\ncontent-length: 3\r\n\r\n{} '],
    ['of chunks that are none', 'transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'],
    ['of chunks of all the world', 'transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n'],
    ['without an end of its headers', `x: ${'y'.repeat(100_000)}`],
    ['packed as it is not', 'content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}'],
  ])('%s, is an error with a code', async (_, rest) => {
    const uri = await raw(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${rest}`);
    expect(await codeOf(uri)).toMatch(/^(ENDPOINT|ServiceUnavailable)$/);
  });
});

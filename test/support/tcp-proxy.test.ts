/** Promise: the proxy loses exactly the message that it is told to lose. */
import neo4j, { type Driver } from 'neo4j-driver';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { boltCommit, boltCommitAnswer, startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const { boltUri, username, password, database } = inject('services').neo4j;
const auth = neo4j.auth.basic(username, password);
const direct = neo4j.driver(boltUri, auth);
let proxy: TcpProxy;
let proxied: Driver;

beforeEach(async () => {
  const { hostname, port } = new URL(boltUri);
  proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) } });
  proxied = neo4j.driver(`bolt://${proxy.host}:${proxy.port}`, auth);
  return () => direct.executeQuery('MATCH (n:TcpProxyTest) DELETE n', {}, { database });
});

afterEach(async () => {
  await proxied.close();
  await proxy.close();
});

/** Creates a node in an explicit transaction, all messages pipelined: nothing is awaited before the commit. */
async function createThroughProxy(): Promise<void> {
  const session = proxied.session({ database });
  try {
    const transaction = session.beginTransaction();
    const run = transaction.run('CREATE (:TcpProxyTest)').then();
    const commit = transaction.commit();
    await Promise.all([run, commit]);
  } finally {
    await session.close();
  }
}

async function created(): Promise<number> {
  const { records } = await direct.executeQuery('MATCH (n:TcpProxyTest) RETURN count(n) AS n', {}, { database });
  return records[0]?.get('n').toNumber();
}

test('forwards what it doesn’t cut', async () => {
  await createThroughProxy();
  expect(await created()).toBe(1);
});

test('a commit that never arrives: the client loses its connection, nothing is committed', async () => {
  const cut = proxy.cutAfterClientSends(boltCommit, { forward: false });
  await expect(createThroughProxy()).rejects.toMatchObject({ code: 'ServiceUnavailable', retriable: true });
  await cut;
  expect(await created()).toBe(0);
});

test('an answer that is lost: the client loses its connection in the same way, the work is committed', async () => {
  const cut = proxy.cutAfterClientSends(boltCommit, { forward: true, afterReply: boltCommitAnswer });
  await expect(createThroughProxy()).rejects.toMatchObject({ code: 'ServiceUnavailable', retriable: true });
  await cut;
  expect(await created()).toBe(1);
});

test('cuts once: the next transaction passes', async () => {
  const cut = proxy.cutAfterClientSends(boltCommit, { forward: false });
  await expect(createThroughProxy()).rejects.toThrow();
  await cut;
  await createThroughProxy();
  expect(await created()).toBe(1);
});

test('the trap this is for: executeWrite repeats a commit whose answer was lost', async () => {
  const cut = proxy.cutAfterClientSends(boltCommit, { forward: true, afterReply: boltCommitAnswer });
  const session = proxied.session({ database });
  await session.executeWrite(transaction => transaction.run('CREATE (:TcpProxyTest)'));
  await session.close();
  await cut;
  expect(await created()).toBe(2);
});

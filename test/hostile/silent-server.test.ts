/** Threat: a database that falls silent in the middle of a conversation by Bolt, where the driver waits without end. */
import { randomUUID } from 'node:crypto';
import neo4j, { type Driver } from 'neo4j-driver';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { CommitUnknownError } from '../../lib/neo4j/commit-result.ts';
import { createFence } from '../../lib/neo4j/fence/stamp-fence.ts';
import { BoltDatabase } from '../../lib/neo4j/transport/bolt-database.ts';
import { connectionTo } from '../support/connection.ts';
import { boltBegin, boltCommit, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/** What waits for the server gets its answer then. */
const SILENCE_MS = 45_000;
const TIMED_OUT = 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration';
const { username, password, database, boltUri } = inject('services').neo4j;

let proxy: TcpProxy;
let driver: Driver;
let graph: BoltDatabase;

beforeEach(async () => {
  const { hostname: host, port } = new URL(boltUri);
  proxy = await startTcpProxy({ target: { host, port: Number(port) } });
  driver = neo4j.driver(`bolt://${proxy.host}:${proxy.port}`, neo4j.auth.basic(username, password), {
    useBigInt: true,
  });
  graph = new BoltDatabase(driver, database, 1_000);
  expect(await new BoltDatabase(driver, database).query('RETURN 1 AS n')).toEqual([{ n: 1n }]);
});
afterEach(async () => {
  await proxy.close();
  await driver.close();
});

const codeOf = async (work: Promise<unknown>) =>
  await work.then(
    () => 'it did not fail',
    error => error.code,
  );

it('a query is given up', async () => {
  void proxy.holdWhenClientSends(Buffer.from('RETURN 2'), SILENCE_MS);
  expect(await codeOf(graph.query('RETURN 2 AS n', {}, 100))).toBe(TIMED_OUT);
});

it('a batch is given up before COMMIT, and what comes of one at COMMIT is unknown', async () => {
  const scope = `silent${randomUUID()}@neo4j`;
  const { graph: other } = connectionTo(inject('services').neo4j, { by: 'bolt' });
  await createFence(other, { scope, epoch: 1, definition: '', store: 's' }, '');
  const fence = { scope, epoch: 1, root: '', definition: '', next: 'x' };
  const batch = () => {
    const [store, review] = [async () => {}, async () => {}];
    return graph.commit({ fence, statements: [], tolerant: false, timeoutMs: 100, store, review });
  };
  void proxy.holdWhenClientSends(boltBegin, SILENCE_MS);
  expect(await codeOf(batch())).toBe(TIMED_OUT);
  void proxy.holdWhenClientSends(boltCommit, SILENCE_MS);
  await expect(batch()).rejects.toThrow(CommitUnknownError);
  await driver.executeQuery('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope }, { database });
});

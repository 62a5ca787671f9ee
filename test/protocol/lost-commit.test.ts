/** Threat: the connection to Neo4j is lost around COMMIT, so that nobody told the worker whether its batch happened. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';
import type { Scope, ScopeOptions, Step } from '../../lib/scope.ts';
import { connectionTo, transport, uriOf } from '../support/connection.ts';
import { boltCommit, boltCommitAnswer, type CutOptions, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { World } from '../sync/world.ts';
import { type AtRest, after, atRest, before, cleanRun, keys, putFiles } from './files.ts';

/** The message that begins an explicit transaction: a structure of one field with this tag. */
const boltBegin = Uint8Array.of(0xb1, 0x11);

/** Two transactions for the files, so that the second can be the one that is cut. */
const maxRowsPerTransaction = 9;

let world: World;
let restBefore: AtRest;
let restAfter: AtRest;
let proxy: TcpProxy;
let proxied: ConnectionFactory;

beforeAll(async () => {
  world = await World.create();
  restAfter = await cleanRun(world, after);
  restBefore = await cleanRun(world, before);
});
afterAll(async () => await world.close());

beforeEach(async () => {
  const { neo4j } = inject('services');
  const { hostname, port } = new URL(uriOf(neo4j, transport));
  proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) } });
  proxied = connectionTo(neo4j, { at: `${proxy.host}:${proxy.port}` });
  expect(await cleanRun(world, before)).toEqual(restBefore);
});
afterEach(async () => {
  await proxied.close();
  await proxy.close();
});

interface Loss {
  /** The cut waits for this step, `nth` time: only then does a pattern count. */
  readonly step: Step;
  readonly nth?: number;
  readonly pattern: Uint8Array;
  readonly how: CutOptions;
}

/** A worker whose connection is cut once. */
function unlucky({ step, nth = 1, pattern, how }: Loss, options: Partial<ScopeOptions> = {}) {
  let times = 0;
  let cut = false;
  const worker: Scope = world.worker({
    connection: proxied,
    limits: { maxRowsPerTransaction },
    ...options,
    observe: async reached => {
      await options.observe?.(reached);
      if (reached !== step || ++times !== nth) return;
      void proxy.cutAfterClientSends(pattern, how).then(() => {
        cut = true;
      });
    },
  });
  return { worker, wasCut: () => cut };
}

const text = (name: string) => new TextEncoder().encode(name);
const lost: CutOptions = { forward: false };
const unanswered: CutOptions = { forward: true, afterReply: boltCommitAnswer };

/** What a request that steps of the protocol send has in it, and no other. */
const stampRequest = text('CASE WHEN ours');
const absentRequest = text('IS NULL RETURN collect(k)');
const batchRequest = text('SET f.root = $next');
/** Stands in an answer whose transaction is committed. */
const requestAnswered: CutOptions = { forward: true, afterReply: text(transport === 'http' ? 'bookmarks' : '{"info"') };

/** Bolt: messages of one transaction. HTTP: a request is a transaction. */
const losses: Record<'bolt' | 'http', readonly { what: string; loss: () => Loss }[]> = {
  bolt: [
    { what: 'the stamp of the fence begins', loss: () => ({ step: 'leased', pattern: boltBegin, how: lost }) },
    { what: 'the stamp of the fence is committed', loss: () => ({ step: 'leased', pattern: boltCommit, how: lost }) },
    { what: 'the stamp is answered', loss: () => ({ step: 'leased', pattern: boltCommit, how: unanswered }) },
    { what: 'the batch begins', loss: () => ({ step: 'planned', pattern: boltBegin, how: lost }) },
    {
      what: 'the fence is advanced',
      loss: () => ({ step: 'planned', pattern: text('SET f.root = $next'), how: lost }),
    },
    {
      what: 'nodes are written',
      loss: () => ({ step: 'planned', pattern: text(`MERGE (n:\`${world.labels.person}`), how: lost }),
    },
    {
      what: 'edges are written',
      loss: () => ({ step: 'planned', pattern: text(`[e:\`${world.labels.knows}`), how: { forward: true } }),
    },
    { what: 'COMMIT arrives', loss: () => ({ step: 'committing', pattern: boltCommit, how: lost }) },
    { what: 'COMMIT is answered', loss: () => ({ step: 'committing', pattern: boltCommit, how: unanswered }) },
    { what: 'the second COMMIT arrives', loss: () => ({ step: 'committing', nth: 2, pattern: boltCommit, how: lost }) },
    {
      what: 'the second COMMIT is answered',
      loss: () => ({ step: 'committing', nth: 2, pattern: boltCommit, how: unanswered }),
    },
    {
      what: 'COMMIT can be either obeyed or lost',
      loss: () => ({ step: 'committing', pattern: boltCommit, how: { forward: true, afterReply: false } }),
    },
  ],
  http: [
    { what: 'the stamp of the fence arrives', loss: () => ({ step: 'leased', pattern: stampRequest, how: lost }) },
    { what: 'the stamp is answered', loss: () => ({ step: 'leased', pattern: stampRequest, how: requestAnswered }) },
    { what: 'absent endpoints are asked for', loss: () => ({ step: 'planned', pattern: absentRequest, how: lost }) },
    {
      what: 'absent endpoints are told',
      loss: () => ({ step: 'planned', pattern: absentRequest, how: requestAnswered }),
    },
    { what: 'the batch arrives', loss: () => ({ step: 'committing', pattern: batchRequest, how: lost }) },
    {
      what: 'more than half of the batch arrives',
      loss: () => ({ step: 'committing', pattern: text(`[e:\`${world.labels.knows}`), how: lost }),
    },
    {
      what: 'the batch is answered',
      loss: () => ({ step: 'committing', pattern: batchRequest, how: requestAnswered }),
    },
    {
      what: 'the second batch arrives',
      loss: () => ({ step: 'committing', nth: 2, pattern: batchRequest, how: lost }),
    },
    {
      what: 'the second batch is answered',
      loss: () => ({ step: 'committing', nth: 2, pattern: batchRequest, how: requestAnswered }),
    },
    {
      what: 'the whole answer to the batch has come',
      loss: () => ({ step: 'committing', pattern: batchRequest, how: { forward: true } }),
    },
    {
      what: 'the batch can be either obeyed or lost',
      loss: () => ({ step: 'committing', pattern: batchRequest, how: { forward: true, afterReply: false } }),
    },
  ],
};

describe.each(losses[transport === 'bolt' ? 'bolt' : 'http'])('a connection cut before $what', ({ loss }) => {
  it('has the batch applied exactly once, and nobody hears of it', async () => {
    await putFiles(world, after);
    const { worker, wasCut } = unlucky(loss());
    const report = await world.sync(keys, worker);
    expect(wasCut()).toBe(true);
    expect(report).toMatchObject({ rejected: [], unsettled: [], replaced: false });
    expect(report.applied + report.skipped).toBe(keys.length);
    expect(await atRest(world)).toEqual(restAfter);
  });
});

it('a commit that happened is not made again: what was written by hand since stays', async () => {
  const one = `MATCH (n:${world.labels.person} {id: 'p1'})`;
  await putFiles(world, after);
  let leases = 0;
  const { worker, wasCut } = unlucky(
    transport === 'bolt'
      ? { step: 'committing', pattern: boltCommit, how: unanswered }
      : { step: 'committing', pattern: batchRequest, how: requestAnswered },
    {
      limits: {},
      // The second lease is the one that finds out whether the batch was committed.
      observe: async step => {
        if (step === 'leased' && ++leases === 2) await world.query(`${one} SET n.name = 'by hand'`);
      },
    },
  );
  await world.sync(keys, worker);
  expect({ wasCut: wasCut(), leases }).toEqual({ wasCut: true, leases: 2 });
  expect(await world.query(`${one} RETURN n.name AS name`)).toEqual([{ name: 'by hand' }]);
  expect(await world.root()).toBe(restAfter.root);
  await world.query(`${one} SET n.name = 'One'`);
});

it('a database that never answers again leaves the lease to others and says so', async () => {
  await putFiles(world, after);
  await proxy.close();
  const worker = world.worker({ connection: proxied, limits: { maxTries: 1 } });
  await expect(world.sync(keys, worker)).rejects.toMatchObject({ retriable: true });
  expect(await world.worker().head.read()).toMatchObject({ holder: null });
  await world.sync(keys);
  expect(await atRest(world)).toEqual(restAfter);
});

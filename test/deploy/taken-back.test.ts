/** Threat: a deploy fails or is taken back after it has begun to change what another deployment has. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect } from 'vitest';
import { definitionHash } from '../../lib/definition/definition.ts';
import { abandonDeploy, beginDeploy, continueDeploy } from '../../lib/deploy/deploy.ts';
import { forgetState, withdraw } from '../../lib/deploy/scope-ownership.ts';
import { readClaims } from '../../lib/neo4j/fence/claims.ts';
import { notedTables } from '../../lib/neo4j/fence/noted-tables.ts';
import { headKey } from '../../lib/state/dynamodb/items.ts';
import { ScopeState } from '../../lib/state/scope-state.ts';
import { resync } from '../../lib/sync/resync.ts';
import { deployed, dropRows, found, lettered, none, open, whole, workerOf } from '../protocol/lettered-tables.ts';
import { watched, watchedConnection } from '../protocol/watched-database.ts';
import { settle } from '../sync/deploy.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

async function setHead(world: World, expression: string, values: Record<string, string>): Promise<void> {
  await world.dynamo.send(
    new UpdateItemCommand({
      TableName: world.name,
      Key: headKey(world.worker().name),
      UpdateExpression: expression,
      ExpressionAttributeNames: { '#root': 'root' },
      ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, S]) => [name, { S }])),
    }),
  );
}

describe('a graph whose stack was deleted and left it', () => {
  it.for([true, false])(
    'survives a new stack that takes it up, fails and is deleted (with the old state table: %s)',
    async (same, { world }) => {
      const first = { id: 'a', tables: 'P' };
      await open(deployed(world, first));
      await dropRows(world, workerOf(world, first), 'P');
      expect(await withdraw(deployed(world, first), true)).toBe('nothing');
      const own = !same && { table: await world.freshTable(), takeOver: true };
      const failing = deployed(world, { id: 'b', tables: 'P', ...own });
      await abandonDeploy(failing, await beginDeploy(failing));
      // What failed after its resource had an id is deleted by CloudFormation, once more if that fails.
      for (let times = 0; times < 2; times += 1) expect(await withdraw(failing, false)).toBe('nothing');
      expect(await found(world, 'P')).toEqual({ P: whole('x') });
      await open(deployed(world, { id: 'c', tables: 'P' }));
      expect(await withdraw(deployed(world, { id: 'c', tables: 'P' }), false)).toBe('rows');
    },
  );

  it('is deleted with the stack that opened it, also when the deletion dies and is repeated', async ({ world }) => {
    const first = deployed(world, { id: 'a', tables: 'P' });
    await open(first);
    await dropRows(world, workerOf(world, { tables: 'P' }), 'P');
    let dies = true;
    const graph = watched(first.graph, text => {
      if (dies && text.includes('f.before')) throw new Error('died');
    });
    await expect(withdraw({ ...first, graph }, false)).rejects.toThrow('died');
    expect((await workerOf(world, { tables: 'P' }).head.read())?.closed).toBe(true);
    dies = false;
    expect(await withdraw({ ...first, graph }, false)).toBe('rows');
    expect(await withdraw(first, false)).toBe('rows');
  });
});

describe('when the newer of two deployments in one state table goes', () => {
  it('the older is in force again, however busily the newer one’s workers take leases', async ({ world }) => {
    const [older, newer] = [
      { id: 'a', tables: 'P' },
      { id: 'b', tables: 'P', code: '2' },
    ];
    await open(deployed(world, older));
    await open(deployed(world, newer));
    const busy = workerOf(world, newer);
    const tries = { on: true, got: 0 };
    const trying = (async () => {
      while (tries.on) {
        const head = await busy.head.acquire(busy.workerId, busy.definitionHash, 1_000);
        if (typeof head === 'string') continue;
        await busy.head.release(head.epoch);
        tries.got += 1;
      }
    })();
    while (tries.got === 0) await sleep(5);
    expect(await withdraw(deployed(world, newer), false)).toBe('nothing');
    await sleep(100);
    tries.on = false;
    await trying;
    const worker = workerOf(world, older);
    expect((await worker.head.read())?.definition).toBe(worker.definitionHash);
    await world.put('P/x.ndjson', [{ id: 'x' }]);
    expect(await world.sync(['P/x.ndjson'], worker)).toMatchObject({ applied: 1, replaced: true });
  });

  it('the older gets back the rows, constraints and claims of tables that the newer didn’t have', async ({ world }) => {
    const older = { id: 'a', tables: 'PQ' };
    await open(deployed(world, older));
    await dropRows(world, workerOf(world, older), 'PQ');
    const before = await found(world, 'PQR');
    const newer = { id: 'b', tables: 'PR' };
    await open(deployed(world, newer));
    await dropRows(world, workerOf(world, newer), 'R');
    expect(await found(world, 'PQR')).toEqual({ P: whole('x'), Q: none, R: whole('x') });
    await withdraw(deployed(world, newer), false);
    await settle(world, workerOf(world, older));
    expect(await found(world, 'PQR')).toEqual(before);
    await open(deployed(world, { ...older, code: '2' })); // isn't refused its own rows
  });

  it('the older gets them back as well if the newer fails half-way and the database is unreachable', async ({
    world,
  }) => {
    const older = { id: 'a', tables: 'PQ' };
    await open(deployed(world, older));
    await dropRows(world, workerOf(world, older), 'PQ');
    const before = await found(world, 'PQR');
    const failing = deployed(world, { id: 'b', tables: 'PR' });
    const was = await beginDeploy(failing);
    const graph = watched(failing.graph, text => {
      if (text.startsWith('DROP CONSTRAINT')) throw new Error('died');
    });
    await expect(continueDeploy({ ...failing, graph }, Date.now() + 60_000, Date.now() + 60_000)).rejects.toThrow();
    expect(await found(world, 'Q')).toMatchObject({ Q: { rows: [] } });
    // Nothing of this needs the database.
    const unreachable = watched(failing.graph, () => {
      throw new Error('unreachable');
    });
    await abandonDeploy({ ...failing, graph: unreachable }, was);
    await settle(world, workerOf(world, older));
    expect(await found(world, 'PQR')).toEqual(before);
    expect(await withdraw(failing, false)).toBe('nothing');
    expect((await workerOf(world, older).head.read())?.resync).toBeNull();
  });
});

it('a takeover that fails gives the scope back whole, and no object is applied again', async ({ world }) => {
  const holder = { id: 'a', tables: 'PQ' };
  await open(deployed(world, holder));
  await dropRows(world, workerOf(world, holder), 'PQ');
  const before = await found(world, 'PQ');
  const root = await world.root();
  const taker = deployed(world, { id: 'b', tables: 'P', table: await world.freshTable(), takeOver: true });
  for (let times = 0; times < 2; times += 1) {
    const was = await beginDeploy(taker);
    expect(await continueDeploy(taker, Date.now() + 60_000, Date.now() + 60_000)).toBe(true);
    // The rows go, and the claim with them, when the taker's first worker comes.
    expect(await found(world, 'Q')).toEqual({ Q: { ...none, rows: ['x'], claimed: true } });
    await abandonDeploy(taker, was);
  }
  // Nothing was written meanwhile: so no object is applied again.
  expect(await resync(workerOf(world, holder))).toMatchObject({ outdated: [], tracked: 2 });
  await settle(world, workerOf(world, holder));
  expect(await found(world, 'PQ')).toEqual(before);
  expect(await world.root()).toBe(root);
  expect(await withdraw(deployed(world, holder), false)).toBe('rows');
});

it('a scope that never had rows of its own and was given back takes no rows with it when it goes', async ({
  world,
}) => {
  const holder = deployed(world, { id: 'a', tables: 'p' });
  await world.query(`CREATE (:P_${world.name} {id: 'theirs'})`);
  await open(holder);
  const taker = deployed(world, { id: 'b', tables: 'p', table: await world.freshTable(), takeOver: true });
  await abandonDeploy(taker, await beginDeploy(taker));
  expect(await withdraw(holder, false)).toBe('schema');
});

it('two first deploys that claim one label at once don’t both succeed, and the loser leaves nothing', async ({
  world,
}) => {
  const one = deployed(world, { id: 'a', tables: 'P' });
  const context = `${world.name}-two`;
  const scope = `${context}@neo4j`;
  const state = new ScopeState(world.state(), scope);
  const two = { ...one, scope, state, definition: { ...one.definition, context } };
  const checked = Promise.withResolvers<void>();
  const slow = watched(one.graph, async text => {
    if (text.includes('SET f.claims')) await checked.promise;
  });
  const quick = watched(one.graph, async text => {
    if (!text.includes('SET f.claims')) return;
    checked.resolve();
    await sleep(50);
  });
  const both = await Promise.allSettled([open({ ...one, graph: slow }), open({ ...two, graph: quick })]);
  const failed = both.filter(result => result.status === 'rejected');
  expect(failed.length).toBeGreaterThan(0);
  for (const { reason } of failed)
    expect(reason).toMatchObject({ code: 'CLAIM', message: expect.stringContaining('deploy one of them again') });
  const fences = (await readClaims(one.graph)).filter(({ scope }) => scope.startsWith(world.name));
  expect(fences).toHaveLength(2 - failed.length);
  await open(failed.length === 2 || both[0].status === 'fulfilled' ? one : two);
});

it('a deploy that adopts rows finds the last commit of a worker that died after it', async ({ world }) => {
  await open(deployed(world, { id: 'a', tables: 'P' }));
  const worker = workerOf(world, { tables: 'P' });
  await dropRows(world, worker, 'P', 'x');
  const older = await world.root();
  await dropRows(world, worker, 'P', 'y');
  const root = await world.root();
  // As a worker leaves it that died after its commit.
  await setHead(world, 'SET #root = :older, pending = :root', { ':older': older, ':root': root });
  await world.query(`CREATE (:Q_${world.name} {id: 'theirs'})`);
  const next = deployed(world, { id: 'a', tables: 'Pq' });
  await beginDeploy(next);
  expect(await worker.head.read()).toMatchObject({ root, pending: null });
  expect(definitionHash(next.definition)).not.toBe(worker.definitionHash);
});

it('a worker that is making constraints when a deploy overrides it changes nothing of the deploy’s', async ({
  world,
}) => {
  const older = { id: 'a', tables: 'PQ' };
  await open(deployed(world, older));
  await dropRows(world, workerOf(world, older), 'PQ');
  await world.query(`MATCH (f:_Graphdrop {scope: $scope}) DELETE f`, { scope: world.worker().name });
  await world.query(`DROP CONSTRAINT coco_uniq_Q_${world.name}__id`);
  const newer = deployed(world, { id: 'a', tables: 'PR' });
  let overridden = false;
  const connection = watchedConnection(world.connection, async text => {
    if (overridden || !text.startsWith('CREATE CONSTRAINT `coco_uniq_Q')) return;
    overridden = true;
    await open(newer);
  });
  const slow = world.worker({ flow: lettered(world, older.tables), connection, limits: { maxTries: 1 } });
  await world.put('P/y.ndjson', [{ id: 'y' }]);
  await expect(world.sync(['P/y.ndjson'], slow)).rejects.toThrow();
  expect(overridden).toBe(true);
  const claims = (await readClaims(newer.graph)).find(({ scope }) => scope === newer.scope);
  expect(claims?.claims.toSorted()).toEqual(['P', 'Q', 'R'].map(letter => `(:${letter}_${world.name})`));
  expect(claims?.schema).toEqual(['P', 'R'].map(letter => `coco_uniq_${letter}_${world.name}__id`));
  await settle(world, workerOf(world, { tables: 'PR' }));
  expect(await found(world, 'Q')).toEqual({ Q: none });
});

it('a scope that was forgotten and is deployed again goes on counting epochs', async ({ world }) => {
  const scope = deployed(world, { id: 'a', tables: 'P' });
  await open(scope);
  const { head } = workerOf(world, { tables: 'P' });
  const before = await head.read();
  await forgetState(scope);
  expect(await head.read()).toMatchObject({ closed: true, root: '', holder: null, definition: null, store: '' });
  await world.query('MATCH (f:_Graphdrop {scope: $scope}) DELETE f', { scope: scope.scope });
  await open(scope);
  const after = await head.read();
  expect(after?.epoch).toBeGreaterThan(before?.epoch ?? 0);
  expect(after?.store).not.toBe(before?.store);
});

it('rows that a deploy was going to adopt stay when it is taken back before it has', async ({ world }) => {
  const older = { id: 'a', tables: 'P' };
  await open(deployed(world, older));
  await dropRows(world, workerOf(world, older), 'P');
  await world.query(`CREATE (:Q_${world.name} {id: 'theirs'})`);
  const newer = { id: 'a', tables: 'Pq' };
  await open(deployed(world, newer));
  expect(await notedTables(world.connection.graph, world.worker().name)).toHaveLength(1);
  await open(deployed(world, older));
  await settle(world, workerOf(world, older));
  expect(await found(world, 'PQ')).toEqual({ P: whole('x'), Q: { ...none, rows: ['theirs'] } });
  await open(deployed(world, newer));
  await settle(world, workerOf(world, newer));
  expect(await found(world, 'PQ')).toEqual({ P: whole('x'), Q: whole() });
  expect(await notedTables(world.connection.graph, world.worker().name)).toHaveLength(2);
});

/** Threat: a scope is declared by two deployments, and one of them goes. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { abandonDeploy, beginDeploy } from '../../lib/deploy/deploy.ts';
import type { DeployedScope } from '../../lib/deploy/deployed-scope.ts';
import { checkHolder, forgetState, isInForce, openScope, withdraw } from '../../lib/deploy/scope-ownership.ts';
import { ScopeState } from '../../lib/state/scope-state.ts';
import { resync } from '../../lib/sync/resync.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { peopleFlow } from '../sync/people-flow.ts';
import { World } from '../sync/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.create();
});
afterEach(async () => await world.close());

/** The scope as the deployment `id` declares it; its name ends in its id. */
function deployed(id: string, table = world.name, takeOver = false, version = '1'): DeployedScope {
  const { connection } = world;
  const scope = world.worker().name;
  const { definition } = world.worker({ flow: peopleFlow(world.name, version) });
  const deployment = { id, name: `stack ${id}`, secretId: id, queueUrl: id, takeOver };
  const state = new ScopeState(world.state(table), scope);
  return { state, scope, graph: connection.graph, definition, deployment, waitMs: 100 };
}

async function names(): Promise<unknown> {
  return (await world.people()).map(({ name }) => name);
}

it('the older of two in one state goes without a trace, the last one takes all', async () => {
  await openScope(deployed('a'));
  await world.drop('people/a.ndjson', [{ id: 'x', name: 'X' }]);
  await openScope(deployed('b'));
  expect(await withdraw(deployed('a'), false)).toBe('nothing');
  expect(await world.drop('people/b.ndjson', [{ id: 'y', name: 'Y' }])).toMatchObject({ applied: 1 });
  expect(await withdraw(deployed('b'), false)).toBe('rows');
  await expect(world.drop('people/c.ndjson', [{ id: 'z', name: 'Z' }])).rejects.toMatchObject({ reason: 'closed' });
});

it('the newer of two in one state goes, as by a rollback: the older is in force again', async () => {
  await openScope(deployed('a'));
  await world.drop('people/a.ndjson', [{ id: 'x', name: 'X' }]);
  await openScope(deployed('b', world.name, false, '2'));
  await expect(world.drop('people/b.ndjson', [])).rejects.toMatchObject({ reason: 'definition' });
  expect(await withdraw(deployed('b', world.name, false, '2'), false)).toBe('nothing');
  expect(await world.drop('people/b.ndjson', [{ id: 'y', name: 'Y' }])).toMatchObject({ applied: 1, replaced: true });
  expect(await names()).toEqual(['X', 'Y']);
});

it('the newer of two in one state goes before its deploy has ended: the older is in force again', async () => {
  await openScope(deployed('a'));
  const newer = deployed('b', world.name, false, '2');
  await beginDeploy(newer);
  await expect(world.drop('people/a.ndjson', [])).rejects.toMatchObject({ reason: 'definition' });
  expect(await withdraw(newer, false)).toBe('nothing');
  expect(await world.drop('people/b.ndjson', [{ id: 'y', name: 'Y' }])).toMatchObject({ applied: 1 });
});

it('a deploy that was going to take a scope from another state gives it back when it fails', async () => {
  await openScope(deployed('a'));
  await world.drop('people/a.ndjson', [{ id: 'x', name: 'X' }]);
  const taker = deployed('b', await world.freshTable(), true);
  await abandonDeploy(taker, await beginDeploy(taker));
  expect(await world.drop('people/b.ndjson', [{ id: 'y', name: 'Y' }])).toMatchObject({ applied: 1 });
  expect(await names()).toEqual(['X', 'Y']);
});

it('a scope of another state goes only to a deployment that says takeOver; the one before leaves it alone', async () => {
  await openScope(deployed('a'));
  await world.drop('people/a.ndjson', [{ id: 'x', name: 'X' }]);
  const table = await world.freshTable();
  await expect(checkHolder(deployed('b', table))).rejects.toThrow(/ belongs to stack a: .*takeOver/);
  await expect(openScope(deployed('b', table))).rejects.toMatchObject({ code: 'FOREIGN_FENCE' });
  await openScope(deployed('b', table, true));
  await expect(world.drop('people/b.ndjson', [{ id: 'y', name: 'Y' }])).rejects.toMatchObject({
    code: 'FOREIGN_FENCE',
  });
  const worker = world.worker({ table });
  await resync(worker);
  await syncObjects(worker, ['people/a.ndjson', 'people/b.ndjson']);
  expect(await withdraw(deployed('a'), false)).toBe('state');
  expect(await names()).toEqual(['X', 'Y']);
  expect(await withdraw(deployed('b', table), false)).toBe('rows');
});

it('who took a scope from another state gives it back when it goes first', async () => {
  await openScope(deployed('a'));
  await world.drop('people/a.ndjson', [{ id: 'x', name: 'X' }]);
  const table = await world.freshTable();
  await openScope(deployed('b', table, true));
  expect(await withdraw(deployed('b', table), false)).toBe('state');
  await world.drop('people/b.ndjson', [{ id: 'y', name: 'Y' }]);
  expect(await names()).toEqual(['X', 'Y']);
  expect(await withdraw(deployed('a'), false)).toBe('rows');
});

it('a scope that never had a row leaves rows alone, also where the graph stays', async () => {
  await openScope(deployed('a'));
  for (const keep of [true, false]) expect(await withdraw(deployed('a'), keep)).toBe('schema');
  await forgetState(deployed('a'));
});

it('is in force from its opening until another deployment opens the scope, or a change begins', async () => {
  expect(await isInForce(deployed('a'))).toBe(false);
  await openScope(deployed('a'));
  expect(await isInForce(deployed('a'))).toBe(true);
  expect(await isInForce(deployed('a', world.name, false, '2'))).toBe(false);
  await beginDeploy(deployed('a', world.name, false, '2'));
  expect(await isInForce(deployed('a'))).toBe(false);
  await openScope(deployed('a'));
  await openScope(deployed('b'));
  expect(await isInForce(deployed('a'))).toBe(false);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { beginDeploy, continueDeploy } from '../../lib/deploy/deploy.ts';
import type { DeployedScope } from '../../lib/deploy/deployed-scope.ts';
import type { Flow } from '../../lib/index.ts';
import type { Scope } from '../../lib/scope.ts';
import { resync } from '../../lib/sync/resync.ts';
import type { World } from './world.ts';

/** A flow, and the hash of its code: another for each flow that is another. */
export interface Deployable {
  readonly flow: Flow;
  readonly code: string;
  readonly table?: string;
}

/** What a deploy knows of a worker's scope. */
export function deployedScope({ state, name: scope, connection, definition }: Scope): DeployedScope {
  return { state, scope, graph: connection.graph, definition };
}

/** Puts a definition in force as the custom resource does. */
export async function putInForce(deployed: DeployedScope): Promise<void> {
  await beginDeploy(deployed);
  while (!(await continueDeploy(deployed, Date.now() + 60_000, Date.now() + 60_000))) await sleep(20);
}

/** Deploys as the stack does: definition in force, then everything looked at until nothing is left to do. */
export async function deploy(world: World, options: Deployable): Promise<Scope> {
  const worker = world.worker(options);
  await putInForce(deployedScope(worker));
  await settle(world, worker);
  return worker;
}

/** Resyncs as the queue would have it. */
export async function settle(world: World, worker: Scope): Promise<void> {
  for (let rounds = 0; rounds < 5; rounds += 1) {
    const { outdated, again } = await resync(worker);
    await world.sync(outdated, worker);
    if (outdated.length === 0 && !again) return;
  }
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { ScopeLimits } from '../../lib/scope.ts';
import { transport } from '../support/connection.ts';
import type { World } from '../sync/world.ts';
import type { CrashOrder, CrashPoint } from './crashing-worker.ts';

const program = fileURLToPath(new URL('crashing-worker.ts', import.meta.url));

/** Lets a worker process work on keys until it dies. @throws if it lived to the end: then nothing was tested */
export async function crash(
  world: World,
  keys: readonly string[],
  at: CrashPoint,
  limits: Partial<ScopeLimits>,
  services = inject('services'),
): Promise<void> {
  const { PATH = '', NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: { PATH, NODE_COMPILE_CACHE, GRAPHDROP_TRANSPORT: transport },
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const order: CrashOrder = { services, name: world.name, folder: world.stores?.folder ?? null, keys, limits, at };
  child.stdin.end(JSON.stringify(order));
  const [code, signal] = await once(child, 'exit');
  if (signal !== 'SIGKILL')
    throw new Error(`the worker ended with code ${code} before it came to ${at.step} ${at.nth}`);
}

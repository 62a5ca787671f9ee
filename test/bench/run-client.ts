import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { addressesOf, type Services } from '../support/local-services.ts';
import { type Part, serverCpu } from './server-cpu.ts';
import type { ClientStep } from './step.ts';

/** A step with what it cost everybody. */
export interface Measured extends ClientStep {
  /** CPU seconds of the services. */
  readonly servers: Readonly<Record<Part, number>>;
}

export interface Client {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a client to its end and returns its steps. Addresses and passwords reach it by its environment. */
export async function runClient({ command, args, env }: Client, services: Services): Promise<Measured[]> {
  const GRAPHDROP_BENCH = JSON.stringify({ ...addressesOf(services), importFolder: `${services.neo4j.home}/import` });
  const child = spawn(command, args, {
    env: { ...process.env, ...env, GRAPHDROP_BENCH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  // A process that ends early takes its client along.
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  const steps: Measured[] = [];
  let before = serverCpu();
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const message = JSON.parse(line) as ClientStep | { readonly begin: string };
    if ('begin' in message) before = serverCpu();
    else steps.push({ ...message, servers: since(before) });
  }
  const [code, signal] = await ended;
  process.off('exit', kill);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}`);
  return steps;
}

function since(before: Readonly<Record<Part, number>>): Record<Part, number> {
  const now = serverCpu();
  return {
    database: now.database - before.database,
    state: now.state - before.state,
    bucket: now.bucket - before.bucket,
  };
}

/** Free TCP ports of 127.0.0.1. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * A port that nothing listens on. It lies below the ports that systems give to outgoing connections, so a service can
 * be stopped and started on it again.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(12_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('found no free port between 12000 and 32000 in 100 tries');
}

/** Rejects, naming the port and its use, if something listens on it already. */
export async function requireFree(port: number, use: string): Promise<void> {
  if (!(await isFree(port))) throw new Error(`port ${port} is taken, and ${use} needs it: choose another one`);
}

/** Tells whether nothing listens on a port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

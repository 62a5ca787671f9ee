/** Threat: a function slept, and a gateway in between forgot its idle connection: the next write on it is answered by a reset. */
import net from 'node:net';
import { expect, inject, vi } from 'vitest';
import { resync } from '../../lib/sync/resync.ts';
import { connectionTo } from '../support/connection.ts';
import { it } from './world-test.ts';

/** A gateway that forgets, when told to, the connections that it has. */
async function startGateway(target: { readonly host: string; readonly port: number }) {
  let generation = 0;
  const server = net.createServer(client => {
    const born = generation;
    const upstream = net.connect(target.port, target.host);
    client.on('data', data => {
      if (born < generation) client.resetAndDestroy();
      else upstream.write(data);
    });
    upstream.on('data', data => {
      if (born === generation) client.write(data);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as net.AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    forget: () => {
      generation += 1;
    },
    close: () => server.close(),
  };
}

/** A connection through a gateway. */
async function throughGateway() {
  const { neo4j } = inject('services');
  const { hostname, port } = new URL(neo4j.boltUri.replace('bolt:', 'http:'));
  const gateway = await startGateway({ host: hostname, port: Number(port) });
  const connection = connectionTo(neo4j, { by: 'bolt', at: gateway.address });
  return { gateway, connection };
}

it('a resync goes on', async ({ world }) => {
  const { gateway, connection } = await throughGateway();
  const worker = world.worker({ connection });
  try {
    await world.put('people/a.ndjson', [{ id: 'ada', name: 'A' }]);
    await world.sync(['people/a.ndjson'], worker);
    gateway.forget();
    await world.put('people/b.ndjson', [{ id: 'bob', name: 'B' }]);
    expect(await resync(worker)).toMatchObject({ outdated: ['people/b.ndjson'] });
  } finally {
    await connection.close();
    gateway.close();
  }
});

it('a connection that was idle for a while is looked at before it is used', async () => {
  const { gateway, connection } = await throughGateway();
  const { now } = Date;
  try {
    expect(await connection.graph.queryOnce('RETURN 1 AS x')).toEqual([{ x: 1n }]);
    gateway.forget();
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 20_000);
    expect(await connection.graph.queryOnce('RETURN 2 AS x')).toEqual([{ x: 2n }]);
  } finally {
    vi.restoreAllMocks();
    await connection.close();
    gateway.close();
  }
});

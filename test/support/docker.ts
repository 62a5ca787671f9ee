/**
 * The same services as containers, where a Docker engine answers. UNTRIED: it was written on a machine without one.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import type { Neo4jRunner, Neo4jSetup } from '../../lib/cli/server/neo4j-runner.ts';

let answer: Promise<boolean> | undefined;

/** Whether a Docker engine answers on its local socket (or the one `DOCKER_HOST` names) within a second. */
export function dockerAnswers(): Promise<boolean> {
  answer ??= ping((process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, ''));
  return answer;
}

function ping(socketPath: string): Promise<boolean> {
  if (!existsSync(socketPath)) return Promise.resolve(false);
  return new Promise(resolve => {
    const ask = request({ socketPath, path: '/_ping', timeout: 1000 }, response => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ask.once('timeout', () => ask.destroy());
    ask.once('error', () => resolve(false));
    ask.once('close', () => resolve(false));
    ask.end();
  });
}

/** Neo4j in a container that keeps its data in `setup.home`. */
export function neo4jContainer(setup: Neo4jSetup): Neo4jRunner {
  let container: StartedTestContainer | undefined;
  const end = async (timeout: number): Promise<void> => {
    await container?.stop({ timeout, remove: true });
    container = undefined;
  };
  return {
    start: async () => {
      const data = join(setup.home, 'data');
      await mkdir(data, { recursive: true });
      container = await new GenericContainer(`neo4j:${setup.version}-community`)
        .withUser(`${process.getuid?.()}:${process.getgid?.()}`)
        .withBindMounts([{ source: data, target: '/data' }])
        .withExposedPorts({ container: 7687, host: setup.boltPort }, { container: 7474, host: setup.httpPort })
        .withEnvironment({
          NEO4J_AUTH: `neo4j/${setup.password}`,
          NEO4J_server_memory_heap_max__size: setup.heap,
          NEO4J_server_bolt_advertised__address: `127.0.0.1:${setup.boltPort}`,
          ...Object.fromEntries(Object.entries(setup.settings).map(([name, value]) => [variableOf(name), value])),
        })
        .start();
      await until(setup.ready);
    },
    stop: () => end(20_000),
    kill: () => end(0),
  };
}

/** DynamoDB Local in a container. */
export async function dynamoDbContainer(
  port: number,
  ready: () => Promise<boolean>,
): Promise<{ stop(): Promise<void> }> {
  const container = await new GenericContainer('amazon/dynamodb-local:3.0.0')
    .withExposedPorts({ container: 8000, host: port })
    .withCommand(['-jar', 'DynamoDBLocal.jar', '-inMemory', '-sharedDb', '-disableTelemetry'])
    .start();
  await until(ready);
  return { stop: async () => void (await container.stop()) };
}

/** How the image of Neo4j wants a setting named: `db.tx_log.x` is `NEO4J_db_tx__log_x`. */
function variableOf(setting: string): string {
  return `NEO4J_${setting.replaceAll('_', '__').replaceAll('.', '_')}`;
}

async function until(ready: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await delay(200)) {
    if (await ready().catch(() => false)) return;
  }
  throw new Error('the container was not ready within 120 seconds');
}

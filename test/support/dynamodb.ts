/** Amazon's DynamoDB Local, in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { startChildService } from '../../lib/cli/server/child-service.ts';
import { findJava } from '../../lib/cli/server/java.ts';
import { mavenJars } from '../../lib/cli/server/maven.ts';
import { freePort, requireFree } from '../../lib/cli/server/ports.ts';
import './cache.ts';
import { type AwsAddress, clientConfig, localAws } from './aws-address.ts';
import { dockerAnswers, dynamoDbContainer } from './docker.ts';

const version = '3.0.0';

export interface DynamoDbServer extends AwsAddress {
  stop(): Promise<void>;
}

/**
 * Starts an empty DynamoDB Local and resolves when it answers. All clients see the same tables, whatever their
 * credentials and region.
 * @param options.port default: a free port
 */
export async function startDynamoDb(options: { readonly port?: number } = {}): Promise<DynamoDbServer> {
  const port = options.port ?? (await freePort());
  await requireFree(port, 'DynamoDB Local');
  const address = localAws(port);
  const ready = (): Promise<boolean> => answers(address);
  if (await dockerAnswers()) return { ...address, ...(await dynamoDbContainer(port, ready)) };

  const jars = await mavenJars(`dynamodb-local-${version}`, [`software.amazon.dynamodb:DynamoDBLocal:${version}`]);
  const dir = await mkdtemp(join(tmpdir(), 'graphdrop-dynamodb-'));
  const removeDir = (): Promise<void> => rm(dir, { recursive: true, force: true });
  const child = await startChildService({
    name: 'DynamoDB Local',
    command: (await findJava()).command,
    args: [
      '-Xmx1g',
      `-Djava.io.tmpdir=${dir}`,
      `-Djava.library.path=${jars}`,
      '-cp',
      join(jars, '*'),
      'software.amazon.dynamodb.services.local.main.ServerRunner',
      ...['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
    ],
    cwd: dir,
    tempDir: dir,
    logFile: join(dir, 'console.log'),
    ready,
  }).catch(async error => {
    await removeDir();
    throw error;
  });
  return {
    ...address,
    stop: async () => {
      await child.kill(); // in memory: nothing to save
      await removeDir();
    },
  };
}

async function answers(address: AwsAddress): Promise<boolean> {
  const client = new DynamoDBClient({ ...clientConfig(address), maxAttempts: 1 });
  try {
    await client.send(new ListTablesCommand({}));
    return true;
  } finally {
    client.destroy();
  }
}

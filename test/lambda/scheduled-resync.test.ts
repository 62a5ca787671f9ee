/** Threat: the resync of one scope takes the time of all others, or fails unseen with them, when the schedule asks for it. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, inject, it } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { answerSync } from '../../lib/lambda/sync-request.ts';
import { Worker } from '../../lib/lambda/worker.ts';
import { dynamoDbState } from '../../lib/state/dynamodb/dynamodb-state.ts';
import { scopeName } from '../../lib/state/scope-name.ts';
import { clientConfig } from '../support/aws-address.ts';
import { createStateTable } from '../support/state-table.ts';

const { miniStack: aws } = inject('services');

it('it is a message in each scope’s own queue, also where another scope’s is gone', async () => {
  const env = { AWS_ENDPOINT_URL: aws.endpoint, AWS_REGION: aws.region };
  Object.assign(process.env, env, { AWS_ACCESS_KEY_ID: aws.accessKeyId, AWS_SECRET_ACCESS_KEY: aws.secretAccessKey });
  const table = `scheduled-${randomUUID().slice(0, 8)}`;
  const sqs = new SQSClient(clientConfig(aws));
  const dynamo = new DynamoDBClient(clientConfig(aws));
  await createStateTable(dynamo, table);
  const names = ['gone', 'one', 'two'].map(name => `${table}-${name}`);
  const queues = new Map<string, string>();
  for (const name of names) {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    queues.set(name, QueueUrl);
    const queueUrl = name.endsWith('gone') ? `${QueueUrl}-not` : QueueUrl;
    // No database is there to be asked.
    const { deployments } = dynamoDbState(dynamo, table).scope(scopeName(name, 'neo4j'));
    await deployments.put('stack', { secretId: 'none', queueUrl, definition: '' });
  }
  const flows = names.map(name => flow(new ContextKey(name), graph => void graph.nodeTable('Person')));
  const worker = new Worker(flows, { bucket: 'none', table, code: '', definitions: '', limits: {} });
  await worker.refresh();
  const event = { resync: true, queue: true };
  await expect(answerSync(worker, event, Date.now())).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  const asked = await Promise.all(
    names.slice(1).map(async name => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queues.get(name) ?? '', WaitTimeSeconds: 2 }),
      );
      return Messages.map(({ Body = '' }) => JSON.parse(Body));
    }),
  );
  expect(asked).toEqual(names.slice(1).map(context => [{ resync: true, context }]));
  sqs.destroy();
  dynamo.destroy();
});

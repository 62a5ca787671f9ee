/** Promise: doctor says what is wrong with a stack's queue and objects, and retry gives its dead letters another try. */
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { expect, inject, vi } from 'vitest';
import { lookAtAlarms } from '../../lib/cli/doctor/alarms.ts';
import type { Finding } from '../../lib/cli/doctor/finding.ts';
import { findings } from '../../lib/cli/doctor/findings.ts';
import { moveDeadLetters } from '../../lib/cli/place/dead-letters.ts';
import type { StackPlace } from '../../lib/cli/place/stack-place.ts';
import { ScopeState } from '../../lib/state/scope-state.ts';
import { clientConfig } from '../support/aws-address.ts';
import { peopleFlow } from '../sync/people-flow.ts';
import { watchedObjects } from '../sync/watched-objects.ts';
import type { World } from '../sync/world.ts';
import { it } from '../sync/world-test.ts';

const { miniStack } = inject('services');
const { endpoint, region, accessKeyId, secretAccessKey } = miniStack;
Object.assign(process.env, {
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});
const sqs = new SQSClient(clientConfig(miniStack));

/** Makes a queue with one for dead letters. @returns the addresses of both */
async function queuesOf(name: string): Promise<{ readonly queue: string; readonly deadLetters: string }> {
  const { QueueUrl: deadLetters = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
  const asked = new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['QueueArn'] });
  const deadLetterTargetArn = (await sqs.send(asked)).Attributes?.QueueArn;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 10 });
  const made = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { RedrivePolicy } }));
  return { queue: made.QueueUrl ?? '', deadLetters };
}

/** The world as a stack whose functions can't be invoked. @param before hears of each call of its bucket */
function stackOf(world: World, queueUrl: string, before: (call: string) => void = () => {}): StackPlace {
  const scope = world.worker({ objects: watchedObjects(world.objects(), before) });
  return {
    kind: 'stack',
    stack: 'never',
    title: 'stack test',
    context: scope.name.split('@')[0] ?? '',
    scopeName: scope.name,
    objects: scope.objects,
    state: new ScopeState(world.state(), scope.name),
    outputs: {
      bucket: world.name,
      table: world.name,
      syncFunction: 'none',
      verifyFunction: 'none',
      queryFunction: 'none',
      statusFunction: 'none',
    },
    queueUrl,
    flow: async () => {
      const one = peopleFlow(world.name);
      return { flows: [one], definitions: [one.definition], code: {}, path: 'flow.ts', files: [] } as never;
    },
    connection: async () => world.connection,
    scope: async () => scope,
    close: async () => {},
  };
}

async function found(place: StackPlace): Promise<Record<string, Finding>> {
  const all: Record<string, Finding> = {};
  for await (const finding of findings(place)) all[finding.about] = finding;
  return all;
}

it('doctor lists the objects of a bucket once', async ({ world }) => {
  const { queue } = await queuesOf(world.name);
  for (const id of ['ada', 'bob']) await world.drop(`people/${id}.ndjson`, [{ id, name: id, age: 1 }]);
  await world.put('people/eve.ndjson', [{ id: 'eve', name: 'eve', age: 1 }]);
  let listings = 0;
  const { objects, queue: waiting } = await found(
    stackOf(world, queue, call => {
      if (call === 'list') listings += 1;
    }),
  );
  expect(objects).toMatchObject({ ok: true, found: '3 known, none rejected' });
  expect(waiting?.found).toMatch(/^0 messages wait, .*; the first pending file has waited for \d+ s$/);
  // The first looks whether it may list at all.
  expect(listings).toBe(2);
});

it('doctor tells which of a stack’s alarms ring, and goes on where they can’t be read', async ({ world }) => {
  const cloudFormation = new CloudFormationClient(clientConfig(miniStack));
  const cloudWatch = new CloudWatchClient(clientConfig(miniStack));
  const kinds = ['Errors', 'Failed', 'Throttles'];
  const Resources = Object.fromEntries(
    kinds.map(kind => [
      kind,
      {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmName: `${world.name}-${kind}`,
          AlarmDescription: `graphdrop: it is ${kind} (docs/operations.md, ${kind})`,
          Namespace: world.name,
          MetricName: kind,
          Statistic: 'Sum',
          Period: 300,
          EvaluationPeriods: 1,
          Threshold: 0,
          ComparisonOperator: 'GreaterThanThreshold',
        },
      },
    ]),
  );
  await cloudFormation.send(
    new CreateStackCommand({ StackName: world.name, TemplateBody: JSON.stringify({ Resources }) }),
  );
  try {
    await vi.waitFor(async () => expect((await lookAtAlarms(world.name)).found).toMatch(/^none of 3 rings/), 20_000);
    await cloudWatch.send(
      new SetAlarmStateCommand({ AlarmName: `${world.name}-Failed`, StateValue: 'ALARM', StateReason: 'a test' }),
    );
    expect(await lookAtAlarms(world.name)).toMatchObject({
      ok: false,
      found: expect.stringMatching(/^1 of 3 ring: it is Failed \(since 20/),
      remedy: expect.stringMatching(/^Failed: scope-failed in/),
    });
  } finally {
    await cloudFormation.send(new DeleteStackCommand({ StackName: world.name }));
  }
  const { queue } = await queuesOf(world.name);
  const { alarms, queue: waiting } = await found(stackOf(world, queue));
  expect(alarms).toMatchObject({ ok: false, found: expect.stringMatching(/^can't be read: .*never/) });
  expect(waiting).toMatchObject({ ok: true });
});

it('dead letters are told by doctor, and moved back to their queue by the way that retry takes', async ({ world }) => {
  const { queue, deadLetters } = await queuesOf(world.name);
  const bodies = Array.from({ length: 12 }, (_, n) => JSON.stringify({ bucket: world.name, keys: [`${n}`] }));
  for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: deadLetters, MessageBody }));
  const place = stackOf(world, queue);
  expect((await found(place))['dead letters']).toMatchObject({
    ok: false,
    found: '12 messages that ten tries could not handle',
    remedy: expect.stringContaining('graphdrop retry --stack'),
  });
  expect(await moveDeadLetters(queue)).toBe(12);
  expect((await found(place))['dead letters']).toMatchObject({ ok: true, found: 'none' });
  const moved: string[] = [];
  for (let last = 1; last > 0; ) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }));
    moved.push(...Messages.map(({ Body = '' }) => Body));
    last = Messages.length;
  }
  expect(moved.sort()).toEqual(bodies.sort());
  expect(await moveDeadLetters(queue)).toBe(0);
});

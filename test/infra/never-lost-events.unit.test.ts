/** Threat: an event is lost on its way from the bucket to a worker, and no alarm tells of it. */
import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Bucket, EventType } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { describe, expect, it, vi } from 'vitest';
import { DATABASE_REPLACED } from '../../lib/commit/recover-root.ts';
import { DEFINITION_DIFFERS } from '../../lib/lambda/definition-check.ts';
import { log } from '../../lib/lambda/log.ts';
import { flowOf, graphDrop, resources, synthesized, theOne } from './synth.ts';

describe('an event is worked on or kept for people', () => {
  const template = synthesized();
  const queue = theOne(template, 'AWS::SQS::Queue', 'Queue');
  const deadLetters = { 'Fn::GetAtt': [theOne(template, 'AWS::SQS::Queue', 'DeadLetters').id, 'Arn'] };

  it('the bucket tells EventBridge', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  });

  it('the rule takes puts, deletes and restores of this bucket only, and not what graphdrop puts there', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created', 'Object Deleted', 'Object Restore Completed'],
        detail: {
          bucket: { name: [{ Ref: theOne(template, 'AWS::S3::Bucket').id }] },
          object: { key: [{ 'anything-but': { prefix: '_graphdrop/' } }] },
        },
      },
    });
  });

  it('the rule of a scope takes what its sources can match, and as much as a rule can say', () => {
    const keysOf = (...globs: string[]) => {
      const flow = flowOf('kg');
      const sources = globs.map(glob => ({ glob, fingerprint: 'f' }));
      const definitions = flow.definitions.map(it => ({ ...it, sources }));
      const rule = theOne(
        synthesized(() => ({ flow: { ...flow, definitions } })),
        'AWS::Events::Rule',
        'kgRule',
      );
      return (rule.Properties.EventPattern as { detail: { object: { key: unknown } } }).detail.object.key;
    };
    expect(keysOf('people/*.csv', 'knows/*.csv', 'people/old/*.csv')).toEqual([
      { prefix: 'knows/' },
      { prefix: 'people/' },
    ]);
    // And the logs of tables that its files may be of.
    expect(keysOf('lake/t/data/*.parquet')).toEqual(
      ['', 'lake/', 'lake/t/']
        .flatMap(folder => ['.hoodie/', '_delta_log/', 'metadata/'].map(log => `${folder}${log}`))
        .concat('lake/t/data/')
        .sort()
        .map(prefix => ({ prefix })),
    );
    const all = [{ 'anything-but': { prefix: '_graphdrop/' } }];
    expect(keysOf('people/*.csv', '*.json')).toEqual(all);
    expect(keysOf(...Array.from({ length: 100 }, (_, i) => `folder-${i}/*.csv`))).toEqual(all);
  });

  it('events that EventBridge cannot deliver go to the dead-letter queue', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      Targets: [{ Arn: { 'Fn::GetAtt': [queue.id, 'Arn'] }, DeadLetterConfig: { Arn: deadLetters } }],
    });
    const writers = JSON.stringify(resources(template, 'AWS::SQS::QueuePolicy', 'DeadLetters'));
    expect(writers).toContain('"Service":"events.amazonaws.com"');
  });

  it('messages that the function fails go to the dead-letter queue, after ten tries', () => {
    expect(queue.Properties.RedrivePolicy).toEqual({ deadLetterTargetArn: deadLetters, maxReceiveCount: 10 });
  });

  it('dead letters are kept for ten days at least: their age counts from when they were first sent', () => {
    const kept = (part: string) => Number(theOne(template, 'AWS::SQS::Queue', part).Properties.MessageRetentionPeriod);
    expect([kept('DeadLetters'), kept('kgQueue')].map(seconds => seconds / 86_400)).toEqual([14, 4]);
  });

  it.each([30, 300, 900])('with a timeout of %d s no message is seen again while it is worked on', seconds => {
    const given = synthesized(() => ({ timeout: Duration.seconds(seconds) }));
    expect(theOne(given, 'AWS::SQS::Queue', 'Queue').Properties.VisibilityTimeout).toBe(seconds * 6 + 5);
  });

  it('batches are large, few at a time, and fail by message', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1000,
      MaximumBatchingWindowInSeconds: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    });
  });

  it('work starts after the schema is there and stops before it goes', () => {
    const { id } = theOne(template, 'Custom::GraphdropSchema');
    expect(theOne(template, 'AWS::Lambda::EventSourceMapping').DependsOn).toContain(id);
  });

  it('a resync that a deploy asks for is done by the new code', () => {
    const { id } = theOne(template, 'AWS::Lambda::Function', 'Sync');
    expect(theOne(template, 'Custom::GraphdropSchema').DependsOn).toContain(id);
  });

  it('missed objects are found by the daily resync, unless it is turned off', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 day)',
      Targets: Match.arrayWith([Match.objectLike({ Input: '{"resync":true,"queue":true}' })]),
    });
    expect(
      resources(
        synthesized(() => ({ resyncSchedule: false })),
        'AWS::Events::Rule',
        'Resync',
      ),
    ).toEqual({});
  });

  it('scheduled invocations do not pile up', () => {
    for (const part of ['Resync', 'GarbageCollectionDaily']) {
      const { Targets } = theOne(template, 'AWS::Events::Rule', part).Properties;
      const RetryPolicy = { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 };
      expect(Targets).toEqual([expect.objectContaining({ RetryPolicy })]);
    }
  });

  it('each context has a queue of its own', () => {
    const two = synthesized(() => ({ flow: flowOf('a', 'b') }));
    two.resourceCountIs('AWS::SQS::Queue', 4);
    two.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
    two.resourceCountIs('Custom::GraphdropSchema', 2);
    expect(Object.keys(graphDrop(() => ({ flow: flowOf('a', 'b') })).deadLetterQueues)).toEqual(['a', 'b']);
  });

  it('an existing bucket is made to tell EventBridge', () => {
    const given = synthesized(stack => ({ bucket: Bucket.fromBucketName(stack, 'Given', 'given') }));
    given.resourceCountIs('AWS::S3::Bucket', 0);
    given.hasResourceProperties('Custom::S3BucketNotifications', {
      BucketName: 'given',
      NotificationConfiguration: { EventBridgeConfiguration: {} },
    });
  });

  it('notifications that would turn EventBridge off are refused', () => {
    const { bucket, deadLetterQueues } = graphDrop();
    const [queue] = Object.values(deadLetterQueues);
    if (!queue) throw new Error('unreachable');
    expect(bucket.node.validate()).toEqual([]);
    bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue));
    expect(bucket.node.validate()).toEqual([expect.stringContaining('pass a bucket of your own')]);
  });
});

describe('alarms', () => {
  const template = synthesized(() => ({ flow: flowOf('a', 'b') }));
  const quiet = {
    Threshold: 0,
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: 1,
    TreatMissingData: 'notBreaching',
  };

  it('each dead-letter queue has one, on a first message', () => {
    for (const context of ['a', 'b']) {
      const queue = theOne(template, 'AWS::SQS::Queue', `Scope${context}DeadLetters`);
      expect(theOne(template, 'AWS::CloudWatch::Alarm', `DeadLetters${context}`).Properties).toMatchObject({
        ...quiet,
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Statistic: 'Maximum',
        Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue.id, 'QueueName'] } }],
      });
    }
  });

  it.each([
    ['a replaced database', 'AlarmsReplaced', DATABASE_REPLACED],
    ['a definition that is not the deployed one', 'AlarmsDiffers', DEFINITION_DIFFERS],
  ])('%s has one, by the logs of all functions that take leases', (_, alarmId, event) => {
    const filters = Object.values(resources(template, 'AWS::Logs::MetricFilter'))
      .map(({ Properties }) => Properties)
      .filter(({ FilterPattern }) => String(FilterPattern).includes(event));
    const groups = ['SyncLogs', 'VerifyLogs'].map(part => ({ Ref: theOne(template, 'AWS::Logs::LogGroup', part).id }));
    expect(filters.map(({ LogGroupName }) => LogGroupName)).toEqual(groups);
    const { Namespace, MetricName, ...alarm } = theOne(template, 'AWS::CloudWatch::Alarm', alarmId).Properties;
    expect(alarm).toMatchObject({ ...quiet, Statistic: 'Sum' });
    for (const { MetricTransformations } of filters) {
      expect(MetricTransformations).toEqual([{ MetricNamespace: Namespace, MetricName, MetricValue: '1' }]);
    }
  });

  it('messages that Lambda drops for a loop have one, and Lambda is told that the loop is meant', () => {
    const sync = theOne(template, 'AWS::Lambda::Function', 'GraphDropSync');
    expect(sync.Properties.RecursiveLoop).toBe('Allow');
    expect(theOne(template, 'AWS::CloudWatch::Alarm', 'AlarmsDropped').Properties).toMatchObject({
      ...quiet,
      Namespace: 'AWS/Lambda',
      MetricName: 'RecursiveInvocationsDropped',
      Statistic: 'Sum',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: sync.id } }],
    });
  });

  it('the filter matches the line as the log writes it', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    log({ level: 'error', event: DATABASE_REPLACED, scope: 'a@neo4j' });
    const [[line] = []] = write.mock.calls;
    write.mockRestore();
    expect(line).toMatch(/^\{.*\}\n$/);
    const patterns = Object.values(resources(template, 'AWS::Logs::MetricFilter')).map(
      ({ Properties }) => Properties.FilterPattern,
    );
    // It selects a field of the whole line, which therefore must be JSON and nothing else.
    expect(patterns).toContain(`{ $.event = "${JSON.parse(String(line)).event}" }`);
    expect(new Set(patterns).size).toBe(5);
  });

  it('all can be given actions, and two GraphDrops have alarms of their own', () => {
    expect(graphDrop().alarms).toHaveLength(12);
    const metricOf = (of: typeof template) =>
      theOne(of, 'AWS::CloudWatch::Alarm', 'AlarmsReplaced').Properties.MetricName;
    expect(metricOf(synthesized(undefined, 'other'))).not.toBe(metricOf(template));
  });
});

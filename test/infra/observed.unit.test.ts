/** Promise: a person sees from outside what a stack does, and finds for each alarm what to do about it. */
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { judge } from '../../lib/cli/doctor/alarms.ts';
import { countSync } from '../../lib/lambda/sync-metrics.ts';
import { emptyReport } from '../../lib/sync/sync-report.ts';
import { textOf } from '../house/tree.ts';
import { flowOf, graphDrop, resources, synthesized, theOne } from './synth.ts';

const template = synthesized(() => ({ flow: flowOf('a', 'b') }));
const alarms = Object.values(resources(template, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);

describe('alarms', () => {
  it('each say where the runbook is, and are in it', () => {
    const [, runbook = ''] = /^## Alarms\n([\s\S]*?)^## /m.exec(textOf('docs/operations.md')) ?? [];
    const rows = [...runbook.matchAll(/^\| `(\w+)[^|]*\|/gm)].map(([, name]) => name);
    const named = alarms.map(it => /\(docs\/operations\.md, (\w+)\)$/.exec(String(it.AlarmDescription))?.[1]);
    expect([...new Set(named)].sort()).toEqual([...rows].sort());
  });

  it('are each told by doctor in their own words, with what to do', () => {
    for (const AlarmDescription of alarms.map(it => String(it.AlarmDescription))) {
      const { found, remedy } = judge([{ AlarmName: 'a', AlarmDescription, StateValue: 'ALARM' }]);
      expect(AlarmDescription).toContain(found.replace('1 of 1 ring: ', 'graphdrop: '));
      expect(remedy, AlarmDescription).not.toContain('its description says');
    }
  });

  it.each([
    ['files that wait for more than an hour', 'ApproximateAgeOfOldestMessage', 3_600, 3, 2],
    ['a sync function that fails, again and again', 'Errors', 0, 3, 1],
    ['a sync function that gets no turn', 'Throttles', 0, 3, 1],
    ['scheduled work that never began', 'AsyncEventsDropped', 0, 1, 2],
  ])('there are for %s', (_what, MetricName, Threshold, EvaluationPeriods, count) => {
    const found = alarms.filter(it => it.MetricName === MetricName);
    expect(found).toHaveLength(count);
    for (const alarm of found)
      expect(alarm).toMatchObject({ Threshold, EvaluationPeriods, DatapointsToAlarm: EvaluationPeriods });
  });

  it('there are for batches that fail, and for garbage that stays: by lines of the logs', () => {
    const patterns = Object.values(resources(template, 'AWS::Logs::MetricFilter')).map(
      it => it.Properties.FilterPattern,
    );
    expect(patterns).toContain('{ $.event = "scope-failed" }');
    expect(patterns).toContain(
      '{ ($.event = "garbage-collection-failed") || (($.event = "garbage-collected") && ($.complete IS FALSE)) }',
    );
    const written = ['lib/lambda/sync-messages.ts', 'lib/lambda/collect-garbage.ts'].map(textOf).join();
    for (const event of ['scope-failed', 'garbage-collection-failed', 'garbage-collected'])
      expect(written).toContain(`'${event}'`);
  });
});

describe('the dashboard', () => {
  it('is there when asked for, with queues, functions, state and alarms', () => {
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    const { DashboardBody } = theOne(
      synthesized(() => ({ dashboard: true })),
      'AWS::CloudWatch::Dashboard',
    ).Properties;
    const body = JSON.stringify(DashboardBody);
    for (const part of [
      'ApproximateAgeOfOldestMessage',
      'Duration',
      'Throttles',
      'ConsumedWriteCapacityUnits',
      'alarms',
    ])
      expect(body).toContain(part);
  });
});

describe('functions', () => {
  const functions = (of: Template) => Object.values(resources(of, 'AWS::Lambda::Function', 'GraphDrop'));
  const ours = (of: Template) =>
    functions(of).filter(({ Properties }) => String(Properties.Description).startsWith('graphdrop: '));

  it('have the layers, the variables and the traces that they are given', () => {
    const layer = 'arn:aws:lambda:eu-central-1:123456789012:layer:monitor:1';
    const given = synthesized(stack => ({
      layers: [LayerVersion.fromLayerVersionArn(stack, 'Layer', layer)],
      environment: { MONITOR: 'on' },
      tracing: true,
    }));
    expect(ours(given)).toHaveLength(7);
    for (const { Properties } of ours(given)) {
      expect(Properties).toMatchObject({ Layers: [layer], TracingConfig: { Mode: 'Active' } });
      const { Variables } = Properties.Environment as { readonly Variables: Record<string, string> };
      expect(Variables).toMatchObject({ MONITOR: 'on', GRAPHDROP_TABLE: expect.anything() });
    }
    for (const { Properties } of ours(template))
      expect([Properties.Layers, Properties.TracingConfig]).toEqual([undefined, undefined]);
  });

  it('keep the variables that are graphdrop’s own', () => {
    const props = () => ({ environment: { GRAPHDROP_TABLE: 'other' } });
    expect(() => graphDrop(props)).toThrow(
      '"environment" has GRAPHDROP_TABLE, which GraphDrop sets itself: leave it out',
    );
  });
});

describe('metrics of a scope', () => {
  it('are written when asked for, and found where the function writes them', () => {
    const graph = graphDrop(() => ({ metrics: true }));
    const { Properties } = theOne(Template.fromStack(Stack.of(graph)), 'AWS::Lambda::Function', 'GraphDropSync');
    const { Variables } = Properties.Environment as { readonly Variables: Record<string, string> };
    const lines: string[] = [];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(line => lines.push(String(line)) > 0);
    countSync({ ...emptyReport('kg@neo4j'), applied: 3, rowsDeclared: 7 }, Variables.GRAPHDROP_METRICS);
    stdout.mockRestore();
    const written = JSON.parse(lines.join('')) as Record<string, unknown>;
    const metric = graph.metric('ObjectsApplied', 'kg');
    expect(metric.namespace).toBe('graphdrop');
    expect(written).toMatchObject({ ...metric.dimensions, ObjectsApplied: 3, ObjectsRejected: 0, RowsDeclared: 7 });
    const { CloudWatchMetrics } = written._aws as {
      readonly CloudWatchMetrics: { Namespace: string; Dimensions: string[][] }[];
    };
    expect(CloudWatchMetrics).toMatchObject([
      { Namespace: 'graphdrop', Dimensions: [Object.keys(metric.dimensions ?? {})] },
    ]);
  });

  it('are not written, nor to be had, otherwise', () => {
    const { Properties } = theOne(template, 'AWS::Lambda::Function', 'GraphDropSync');
    expect(JSON.stringify(Properties.Environment)).not.toContain('GRAPHDROP_METRICS');
    expect(() => graphDrop().metric('ObjectsApplied', 'kg')).toThrow('"metrics" must be true');
  });
});

describe('a GraphDrop in a stack', () => {
  const graph = graphDrop(() => ({ flow: flowOf('a', 'b') }));
  const role = new Role(Stack.of(graph), 'Caller', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  graph.grantDrop(role);
  graph.grantSync(role);
  graph.grantQuery(role);
  const granted = Template.fromStack(Stack.of(graph));

  it('grants to drop files, to have them synced, and to query', () => {
    const { PolicyDocument } = theOne(granted, 'AWS::IAM::Policy', 'Caller').Properties;
    const actions = (
      PolicyDocument as { readonly Statement: { readonly Action: string | string[] }[] }
    ).Statement.flatMap(it => it.Action);
    expect(actions).toEqual(expect.arrayContaining(['s3:PutObject', 'lambda:InvokeFunction', 'states:StartExecution']));
    expect(actions.filter(action => /^s3:Get|^dynamodb|^secretsmanager/.test(action))).toEqual([]);
    granted.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['s3:PutObject']) })]) },
    });
  });

  it('has queues and metrics by context, and says which contexts there are', () => {
    expect(Object.keys(graph.queues)).toEqual(['a', 'b']);
    for (const metric of [graph.metricWaiting('a'), graph.metricOldest('a'), graph.metricDeadLetters('b')])
      expect(metric).toMatchObject({ namespace: 'AWS/SQS', statistic: 'Maximum' });
    expect(graph.metricWaiting('a', { statistic: 'Average' }).statistic).toBe('Average');
    expect(() => graph.metricWaiting('c')).toThrow("there is no context 'c': there are a, b");
  });
});

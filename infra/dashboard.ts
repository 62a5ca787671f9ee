import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  CustomWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { GraphDropFunction } from './functions.ts';

export interface DashboardProps {
  readonly alarms: readonly Alarm[];
  /** By context. */
  readonly queues: Readonly<Record<string, IQueue>>;
  readonly functions: readonly GraphDropFunction[];
  readonly table: ITable;
  /** Shows objects, batches and rows as HTML. */
  readonly status: IFunction;
}

const WIDTH = 12;
const PERIOD = Duration.minutes(5);
/** Metrics that one widget shows: more are no longer told apart. */
const MOST_LINES = 50;

/** Makes a CloudWatch dashboard: which alarms ring, what waits, what functions do, what the state costs, and the last failures. */
export function addDashboard(
  scope: Construct,
  id: string,
  { alarms, queues, functions, table, status }: DashboardProps,
): Dashboard {
  const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
    new GraphWidget({ title, left: left.slice(0, MOST_LINES), right: right.slice(0, MOST_LINES), width: WIDTH });
  const waiting = Object.entries(queues).map(([label, queue]) =>
    queue.metricApproximateNumberOfMessagesVisible({ label, period: PERIOD, statistic: 'Maximum' }),
  );
  const ages = Object.entries(queues).map(([label, queue]) =>
    queue.metricApproximateAgeOfOldestMessage({ label, period: PERIOD, statistic: 'Maximum' }),
  );
  const each = (metric: (of: GraphDropFunction) => IMetric) => functions.map(metric);
  const options = (of: GraphDropFunction, statistic: string) => ({ label: of.node.id, period: PERIOD, statistic });
  const consumed = (name: string) => table.metric(name, { period: PERIOD, statistic: 'Sum' });
  return new Dashboard(scope, id, {
    defaultInterval: Duration.hours(12),
    widgets: [
      [new AlarmStatusWidget({ alarms: [...alarms], title: 'Alarms', width: 2 * WIDTH })],
      [
        new CustomWidget({
          title: 'Objects',
          functionArn: status.functionArn,
          width: 2 * WIDTH,
          height: 15,
          // It doesn't depend on the time that the dashboard shows, or on its size.
          updateOnTimeRangeChange: false,
          updateOnResize: false,
        }),
      ],
      [graph('Files that wait', waiting), graph('Seconds the oldest has waited', ages)],
      [
        graph(
          'Invocations',
          each(of => of.metricInvocations(options(of, 'Sum'))),
        ),
        graph(
          'Errors and throttles',
          each(of => of.metricErrors(options(of, 'Sum'))),
          each(of => of.metricThrottles(options(of, 'Sum'))),
        ),
      ],
      [
        graph(
          'Milliseconds of an invocation',
          each(of => of.metricDuration(options(of, 'Maximum'))),
        ),
        graph('Units of the state table', [
          consumed('ConsumedReadCapacityUnits'),
          consumed('ConsumedWriteCapacityUnits'),
        ]),
      ],
      [
        new LogQueryWidget({
          title: 'What failed or was rejected',
          logGroupNames: functions.map(({ logGroup }) => logGroup.logGroupName),
          view: LogQueryVisualizationType.TABLE,
          queryLines: [
            'fields @timestamp, event, scope, context, key, reason, error.message',
            'filter level in ["warn", "error"] or event = "object-rejected"',
            'sort @timestamp desc',
            'limit 100',
          ],
          width: 2 * WIDTH,
        }),
      ],
    ],
  });
}

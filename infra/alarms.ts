import { Duration, Names } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { GraphDropFunction } from './functions.ts';

/** What the log calls it when a database isn't what tracked state says. */
const REPLACED: typeof import('../lib/adopt-graph.ts').DATABASE_REPLACED = 'database-replaced';

const PERIOD = Duration.minutes(5);

export interface AlarmsProps {
  /** By context. */
  readonly deadLetterQueues: Readonly<Record<string, IQueue>>;
  /** The functions that take leases, and so find out what became of a database. */
  readonly workers: readonly GraphDropFunction[];
}

/** What wants a person to look. The alarms have no actions of their own. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, { deadLetterQueues, workers }: AlarmsProps) {
    super(scope, id);
    const deadLetters = Object.entries(deadLetterQueues).map(([context, queue]) =>
      this.#alarm(
        `DeadLetters-${context}`,
        queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD }),
        `graphdrop: the dead-letter queue of context ${context} holds messages`,
      ),
    );
    const replaced = new Metric({
      namespace: 'graphdrop',
      // Each GraphDrop of the account has its own.
      metricName: `${REPLACED}-${Names.uniqueResourceName(this, {})}`,
      statistic: 'Sum',
      period: PERIOD,
    });
    for (const { node, logGroup } of workers) {
      new MetricFilter(this, `Replaced-${node.id}`, {
        logGroup,
        filterPattern: FilterPattern.stringValue('$.event', '=', REPLACED),
        metricNamespace: replaced.namespace,
        metricName: replaced.metricName,
      });
    }
    this.all = [
      ...deadLetters,
      this.#alarm('Replaced', replaced, 'graphdrop: a database was restored, wiped or swapped; a resync mends it'),
    ];
  }

  #alarm(id: string, metric: Metric, alarmDescription: string): Alarm {
    return new Alarm(this, id, {
      metric,
      alarmDescription,
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

import { Duration, Names } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type IFilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { GraphDropFunction } from './functions.ts';

/** Events in the logs that ring, by what writes them. */
const REPLACED: typeof import('../lib/commit/recover-root.ts').DATABASE_REPLACED = 'database-replaced';
const DIFFERS: typeof import('../lib/lambda/definition-check.ts').DEFINITION_DIFFERS = 'definition-differs';

/** Event in the log when a resync would remove too much to do so unasked. */
const HELD_BACK: typeof import('../lib/sync/held-back.ts').RESYNC_HELD_BACK = 'resync-held-back';

const PERIOD = Duration.minutes(5);
const DAY = Duration.days(1);

export interface AlarmsProps {
  /** By context. */
  readonly queues: Readonly<Record<string, IQueue>>;
  /** By context. */
  readonly deadLetterQueues: Readonly<Record<string, IQueue>>;
  readonly sync: GraphDropFunction;
  readonly verify: GraphDropFunction;
  readonly garbageCollection: GraphDropFunction;
}

/** When an alarm rings: so many periods in a row above the threshold. */
interface Ringing {
  readonly above?: number;
  readonly periods?: number;
}

/** Alarms for what a person must look at. They have no actions of their own; docs/operations.md says what to do about each. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { queues, deadLetterQueues, sync, verify, garbageCollection } = props;
    const workers = [sync, verify];
    const sum = { statistic: 'Sum', period: PERIOD };
    const asynchronous = { sync, garbageCollection };
    this.all = [
      ...Object.entries(deadLetterQueues).map(([context, queue]) =>
        this.#alarm(
          `DeadLetters-${context}`,
          queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: PERIOD }),
          `the dead-letter queue of context ${context} holds messages`,
        ),
      ),
      ...Object.entries(queues).map(([context, queue]) =>
        this.#alarm(
          `Waiting-${context}`,
          queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period: PERIOD }),
          `files of context ${context} wait for more than an hour`,
          { above: 3_600, periods: 3 },
        ),
      ),
      this.#alarm(
        'Dropped',
        sync.metric('RecursiveInvocationsDropped', sum),
        'Lambda took messages that were sent again for a loop and dropped them; a resync finds their objects',
      ),
      this.#alarm('Errors', sync.metricErrors(sum), 'the sync function has been failing for a quarter of an hour', {
        periods: 3,
      }),
      this.#alarm(
        'Throttles',
        sync.metricThrottles(sum),
        'invocations of the sync function have been refused for a quarter of an hour: the account has no concurrency left',
        { periods: 3 },
      ),
      ...Object.entries(asynchronous).map(([name, it]) =>
        this.#alarm(
          `Unstarted-${name}`,
          it.metric('AsyncEventsDropped', sum),
          `Lambda gave up a scheduled invocation of ${name}: the daily resync or collection did not happen`,
        ),
      ),
      this.#logged(
        'Replaced',
        event(REPLACED),
        workers,
        'a database was restored, wiped or swapped; a resync recovers it',
      ),
      this.#logged(
        'HeldBack',
        event(HELD_BACK),
        [sync],
        'a resync would remove a large part of a graph, and waits for a person to confirm it; the log says what',
      ),
      this.#logged(
        'Differs',
        event(DIFFERS),
        workers,
        'a function defines the graph in another way than the deploy did, so nothing is applied; the log says which context',
      ),
      this.#logged(
        'Failed',
        event('scope-failed'),
        [sync],
        'batches of a context have been failing for a quarter of an hour',
        {
          periods: 3,
        },
      ),
      this.#logged(
        'Uncollected',
        FilterPattern.any(
          event('garbage-collection-failed'),
          FilterPattern.all(event('garbage-collected'), FilterPattern.booleanValue('$.complete', false)),
        ),
        [garbageCollection],
        'garbage collection has not come to its end for three days: the state table grows',
        { periods: 3 },
        DAY,
      ),
    ];
  }

  /** Makes an alarm for lines in the logs. */
  #logged(
    id: string,
    filterPattern: IFilterPattern,
    functions: readonly GraphDropFunction[],
    description: string,
    ringing?: Ringing,
    period = PERIOD,
  ): Alarm {
    const metric = new Metric({
      namespace: 'graphdrop',
      // Each GraphDrop of the account has its own.
      metricName: `${id.toLowerCase()}-${Names.uniqueResourceName(this, {})}`,
      statistic: 'Sum',
      period,
    });
    for (const { node, logGroup } of functions) {
      new MetricFilter(this, `${id}-${node.id}`, {
        logGroup,
        filterPattern,
        metricNamespace: metric.namespace,
        metricName: metric.metricName,
      });
    }
    return this.#alarm(id, metric, description, ringing);
  }

  #alarm(id: string, metric: IMetric, description: string, { above = 0, periods = 1 }: Ringing = {}): Alarm {
    return new Alarm(this, id, {
      metric,
      alarmDescription: `graphdrop: ${description} (docs/operations.md, ${id.split('-')[0]})`,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: periods,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

function event(name: string) {
  return FilterPattern.stringValue('$.event', '=', name);
}

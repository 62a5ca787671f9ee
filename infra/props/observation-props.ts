import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Resolved } from './resolved.ts';

/** What is kept of what functions do, and what is added to them. */
export interface ObservationProps {
  /**
   * Whether values of records stay where the files are: logs, events and statuses then say line, field and kind of a problem, and not
   * what was found there. The lists of records that were left out, which are in the bucket, have them all the same.
   *
   * @default false
   */
  readonly redact?: boolean;

  /**
   * For how long logs are kept. They hold keys of objects, and values of records that were rejected unless `redact` is set.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * The key that logs are encrypted with. Its policy must let CloudWatch Logs of the region use it.
   *
   * @default - AWS' own
   */
  readonly logKey?: IKey;

  /**
   * Whether Lambda sends traces to X-Ray, of one invocation in some. They cost by their number.
   *
   * @default false
   */
  readonly tracing?: boolean;

  /**
   * Whether the sync function writes metrics of each scope: `ObjectsApplied`, `ObjectsRejected`, `RowsDeclared`, `Transactions`. CloudWatch
   * takes about $0.30 a month for each of the four of each scope.
   *
   * @default false
   */
  readonly metrics?: boolean;

  /**
   * Whether there is a CloudWatch dashboard of queues, functions, state table and alarms. The first three of an account are free.
   *
   * @default false
   */
  readonly dashboard?: boolean;

  /**
   * Variables of the environment for all functions, for an extension in a layer say. Those that graphdrop sets win.
   *
   * @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;

  /**
   * Layers for all functions, arm64 and Node.js 24: what a company's own monitoring brings along.
   *
   * @default - none
   */
  readonly layers?: readonly ILayerVersion[];
}

/** Checks these properties and fills in defaults. @throws Error that names the value received and the fix */
export function resolveObservationProps(props: ObservationProps): Resolved<ObservationProps, 'logKey'> {
  const { logRetention = RetentionDays.ONE_MONTH, logKey, tracing = false, dashboard = false } = props;
  const { redact = false, metrics = false, environment = {}, layers = [] } = props;
  const ours = Object.keys(environment).find(name => name.startsWith('GRAPHDROP_') || name === 'NODE_OPTIONS');
  if (ours !== undefined) throw new Error(`"environment" has ${ours}, which GraphDrop sets itself: leave it out`);
  return { redact, logRetention, logKey, tracing, metrics, dashboard, environment, layers };
}

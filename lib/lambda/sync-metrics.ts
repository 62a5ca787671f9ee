import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { SyncReport } from '../sync/sync-report.ts';

/** Namespace of all metrics of graphdrop. */
export const METRICS_NAMESPACE = 'graphdrop';

/** What is counted of a sync, by the metric's name. */
const COUNTED = {
  ObjectsApplied: ({ applied }: SyncReport) => applied,
  ObjectsRejected: ({ rejected }: SyncReport) => rejected.length,
  RowsDeclared: ({ rowsDeclared }: SyncReport) => rowsDeclared,
  Transactions: ({ transactions }: SyncReport) => transactions,
} as const;

/** A metric of a scope. */
export type SyncMetric = keyof typeof COUNTED;

/**
 * Writes what a sync did as metrics of its scope, in CloudWatch's embedded format: a line of the log each. Only where the stack asks
 * for it, as each metric of each scope costs.
 *
 * @param service what tells this stack's metrics from others'; undefined: none are written
 */
export function countSync(report: SyncReport, service = process.env.GRAPHDROP_METRICS): void {
  if (!service) return;
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: service });
  metrics.addDimension('scope', report.scope);
  for (const [name, count] of Object.entries(COUNTED)) metrics.addMetric(name, MetricUnit.Count, count(report));
  metrics.publishStoredMetrics();
}

import type { LogEntry } from '../lib/scope.ts';

/** One JSON line an event: what CloudWatch Logs Insights takes apart by itself. */
export function log(entry: LogEntry): void {
  console.log(JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
}

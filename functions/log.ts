import type { LogEntry } from '../lib/scope.ts';

/**
 * One line of JSON an event, and nothing else in the line: what CloudWatch takes apart by itself, for Logs Insights and metric
 * filters. (Lambda's `console.log` puts a time and a request in front.)
 */
export function log(entry: LogEntry): void {
  const line = JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  process.stdout.write(`${line}\n`);
}

import type { SyncReport } from '../sync/sync-report.ts';

/** Step Functions takes 262,144 bytes of an answer, in an envelope of its own; a longer one fails the state, whatever was done. */
const MOST_BYTES = 240_000;

const MOST_REASON = 300;

/** A report of which less is told than there is: see the status of each object. */
export interface ShortenedReport extends SyncReport {
  readonly shortened: true;
}

/**
 * Shortens reports that don't fit in what Step Functions takes: of rejected objects to the reason's beginning, and notes are left out. All
 * keys that a caller needs to go on are there.
 */
export function fittingReports<T extends object>(reports: readonly (SyncReport | T)[]): (SyncReport | T)[] {
  if (Buffer.byteLength(JSON.stringify(reports)) <= MOST_BYTES) return [...reports];
  return reports.map(report => ('rejected' in report ? shortened(report) : report));
}

function shortened(report: SyncReport): ShortenedReport {
  const rejected = report.rejected.map(({ key, reason }) => ({
    key,
    reason: reason.length > MOST_REASON ? `${reason.slice(0, MOST_REASON).toWellFormed()}…` : reason,
    problems: [],
    lines: [],
    counts: [],
  }));
  return { ...report, rejected, noted: [], shortened: true };
}

import type { Ends } from '../graph/declaration.ts';
import type { KeyValue } from '../graph/value.ts';
import { keyText } from '../graph/value.ts';

/** How many there are, and the first of them. */
export interface Found<Sample> {
  count: number;
  readonly first: Sample[];
}

/** A row by its key, e.g. `i1`, `f1.5`, `sada`, `btrue` (see `keyText`), an edge with those of its endpoints. */
export interface RowSample {
  readonly key: string;
  readonly from?: string;
  readonly to?: string;
  /** Of an altered row: which properties differ; null: the winner's values are nowhere any more, so they can't be told. */
  readonly properties?: readonly string[] | null;
  /** Of a misplaced edge: between which endpoints it is. */
  readonly found?: readonly { readonly from: string; readonly to: string }[];
}

export interface ObjectSample {
  readonly key: string;
  /** Of a rejected object. */
  readonly reason?: string;
}

/** How one table differs from tracked state. */
export interface TableReport {
  /** Files declare them; the graph lacks them. */
  readonly missing: Found<RowSample>;
  /** Files say other properties. */
  readonly altered: Found<RowSample>;
  /** Edges that files declare between other endpoints. */
  readonly misplaced: Found<RowSample>;
  /** Nobody declares them; of equal edges all but one. Never of tables that the user manages. */
  readonly extra: Found<RowSample>;
  /** Bare nodes that no file declares and no edge needs. */
  readonly stubs: Found<RowSample>;
  /** Rows without a key, or with one that no row can have: only counted. */
  unkeyed: number;
}

/** How tracked state differs from the bucket. */
export interface ObjectsReport {
  /** Objects of the bucket that a source matches. */
  listed: number;
  /** In the bucket, not in tracked state. */
  readonly unseen: Found<ObjectSample>;
  /** In tracked state, not in the bucket (or no source matches them any more). */
  readonly gone: Found<ObjectSample>;
  /** Another version, or read by another source function, than tracked state has. */
  readonly stale: Found<ObjectSample>;
  /** Applied in part. */
  readonly halfSliced: Found<ObjectSample>;
  /** Their newest version is not acceptable: the graph has the last good one. No difference, but worth to know. */
  readonly rejected: Found<ObjectSample>;
  /** Not up to date, while a worker was committing: its work, perhaps. */
  readonly inWork: Found<ObjectSample>;
}

/** What a verification found so far. Plain JSON. */
export interface VerifyReport {
  readonly scope: string;
  /** Rows of tracked state that were compared with the graph. */
  rows: number;
  /** Of them and besides: keys of the graph that were compared with tracked state. */
  keys: number;
  /** By table id; only tables with differences. */
  readonly tables: Record<string, TableReport>;
  readonly objects: ObjectsReport;
  /** The database isn't what the state says (restored, wiped, never used): the graph wasn't compared, a resync comes first. */
  replaced: boolean;
  readonly repaired: {
    /** Rows written again. */
    rows: number;
    /** Rows removed, or made bare stubs. */
    removed: number;
    /** Objects that were sent through sync. */
    queued: number;
  };
}

export type RowClass = Exclude<keyof TableReport, 'unkeyed'>;
export type ObjectClass = Exclude<keyof ObjectsReport, 'listed'>;

export function emptyReport(scope: string): VerifyReport {
  const objects: ObjectsReport = {
    listed: 0,
    unseen: nothing(),
    gone: nothing(),
    stale: nothing(),
    halfSliced: nothing(),
    rejected: nothing(),
    inWork: nothing(),
  };
  const repaired = { rows: 0, removed: 0, queued: 0 };
  return { scope, rows: 0, keys: 0, tables: {}, objects, replaced: false, repaired };
}

/** The report of a table, begun where there is none. */
export function tableReport(report: VerifyReport, table: string): TableReport {
  report.tables[table] ??= {
    missing: nothing(),
    altered: nothing(),
    misplaced: nothing(),
    extra: nothing(),
    stubs: nothing(),
    unkeyed: 0,
  };
  return report.tables[table];
}

/** Counts, and keeps the first. */
export function note<Sample>(found: Found<Sample>, sample: Sample, most: number): void {
  found.count += 1;
  if (found.first.length < most) found.first.push(sample);
}

/** Whether nothing differs: graph, tracked state and bucket are one, but for rejected versions. */
export function isClean({ replaced, tables, objects }: VerifyReport): boolean {
  const { listed: _, rejected: __, ...classes } = objects;
  const none = Object.values(classes).every(({ count }) => count === 0);
  return !replaced && none && Object.keys(tables).length === 0;
}

export function rowSample(key: KeyValue, ends: Ends | undefined): RowSample {
  return { key: shown(key), ...(ends !== undefined && shownEnds(ends)) };
}

export function shownEnds({ from, to }: Ends): { from: string; to: string } {
  return { from: shown(from), to: shown(to) };
}

/** Longest key in a report: it travels as a Step Functions payload of 256 KB. */
const MAX_SHOWN = 120;

function shown(key: KeyValue): string {
  const text = keyText(key);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function nothing<Sample>(): Found<Sample> {
  return { count: 0, first: [] };
}

/** How many there are, and the first of them. */
export interface Tally<Sample> {
  readonly count: number;
  readonly first: readonly Sample[];
}

/** A row by its key, e.g. `i1`, `f1.5`, `sada`, `btrue` (see `keyText`), an edge also by those of its endpoints. */
export interface RowSample {
  readonly key: string;
  readonly from?: string;
  readonly to?: string;
  /** Of an altered row: the properties and extra labels (`:Name`) that differ, the first of them; null: no file that can be read has the winner's values. */
  readonly properties?: readonly string[] | null;
  /** Of a misplaced edge: the endpoints that it has. */
  readonly found?: readonly { readonly from: string; readonly to: string }[];
}

export interface ObjectSample {
  readonly key: string;
  /** Of a rejected object. */
  readonly reason?: string;
}

/** A node that edges end at, by its key as {@link RowSample} has it. */
export interface EndSample {
  readonly table: string;
  readonly key: string;
}

/** How one table differs from tracked state. */
export interface TableReport {
  /** Files declare them; the graph lacks them. */
  readonly missing: Tally<RowSample>;
  /** Files say other properties, or other extra labels. */
  readonly altered: Tally<RowSample>;
  /** Edges that files declare between other endpoints. */
  readonly misplaced: Tally<RowSample>;
  /** No file declares them; of equal edges all but one. Never of tables that the user manages. */
  readonly undeclared: Tally<RowSample>;
  /** Bare nodes that no file declares and no edge needs. */
  readonly stubs: Tally<RowSample>;
  /** Whether they are altered can't be told: only their winner's file could say, and it can't be read any more. */
  readonly undecided: Tally<RowSample>;
  /** Several nodes of a user's table have their key, or an endpoint's. No difference, but worth knowing: none of them is repaired. */
  readonly ambiguous: Tally<RowSample>;
  /** Rows without a key, or with one that no row can have: only counted. */
  readonly unkeyed: number;
}

/** How tracked state differs from the bucket. */
export interface ObjectsReport {
  /** Objects of the bucket that a source matches. */
  readonly listed: number;
  /** In the bucket, not in tracked state. */
  readonly unseen: Tally<ObjectSample>;
  /** In tracked state, not in the bucket (or no source matches them any more). */
  readonly gone: Tally<ObjectSample>;
  /** Another version, or read by another source function, than tracked state has. */
  readonly stale: Tally<ObjectSample>;
  /** Applied in part. */
  readonly halfSliced: Tally<ObjectSample>;
  /** Their newest version is not acceptable: the graph has the last good one. No difference, but worth knowing. */
  readonly rejected: Tally<ObjectSample>;
  /** Not up to date, while a worker was committing: its work, perhaps. */
  readonly inWork: Tally<ObjectSample>;
}

/** What a repair did. */
export interface Repaired {
  /** Rows written again. */
  readonly rows: number;
  /** Rows removed, or made bare stubs. */
  readonly removed: number;
  /** Objects that were sent through sync. */
  readonly queued: number;
}

/** What a verification found so far. Plain JSON. */
export interface VerifyReport {
  readonly scope: string;
  /** Rows of tracked state that were compared with the graph. */
  readonly rows: number;
  /** Keys of the graph that were compared with tracked state. */
  readonly keys: number;
  /** By table id; only tables with differences. */
  readonly tables: Readonly<Record<string, TableReport>>;
  /** Nodes that edges end at and no file declares: stubs. No difference, but worth knowing. Left out: none. */
  readonly undeclaredEnds?: Tally<EndSample>;
  readonly objects: ObjectsReport;
  /** The database isn't what the state says (restored, wiped, never used): the graph wasn't compared, a resync comes first. */
  readonly replaced: boolean;
  readonly repaired: Repaired;
}

export type RowKind = Exclude<keyof TableReport, 'unkeyed'>;
export type ObjectKind = Exclude<keyof ObjectsReport, 'listed'>;

/** What one page adds to a report. */
export interface PageReport {
  readonly rows?: number;
  readonly keys?: number;
  readonly listed?: number;
  readonly replaced?: boolean;
  readonly found?: readonly { readonly table: string; readonly kind: RowKind; readonly sample: RowSample }[];
  readonly unkeyed?: { readonly table: string; readonly count: number };
  readonly ends?: readonly EndSample[];
  readonly objects?: readonly { readonly kind: ObjectKind; readonly sample: ObjectSample }[];
  readonly repaired?: Partial<Repaired>;
}

const NONE: Tally<never> = { count: 0, first: [] };

const NO_DIFFERENCES: TableReport = {
  missing: NONE,
  altered: NONE,
  misplaced: NONE,
  undeclared: NONE,
  stubs: NONE,
  undecided: NONE,
  ambiguous: NONE,
  unkeyed: 0,
};

/** Begins the report of a scope of which nothing was looked at yet. */
export function blankReport(scope: string): VerifyReport {
  const objects = { listed: 0, unseen: NONE, gone: NONE, stale: NONE, halfSliced: NONE, rejected: NONE, inWork: NONE };
  const repaired = { rows: 0, removed: 0, queued: 0 };
  return { scope, rows: 0, keys: 0, tables: {}, objects, replaced: false, repaired };
}

/** Bytes of a report after which no more samples are kept, whatever their kind. */
const MAX_REPORT_BYTES = 100_000;

/** Adds a page to a report. @param samples that are kept of each kind */
export function extended(report: VerifyReport, page: PageReport, samples: number): VerifyReport {
  const { rows, removed, queued } = report.repaired;
  const most = Buffer.byteLength(JSON.stringify(report)) < MAX_REPORT_BYTES ? samples : 0;
  return {
    ...report,
    rows: report.rows + (page.rows ?? 0),
    keys: report.keys + (page.keys ?? 0),
    tables: withRows(report.tables, page, most),
    ...withEnds(report, page, most),
    objects: withObjects(report.objects, page, most),
    replaced: report.replaced || page.replaced === true,
    repaired: {
      rows: rows + (page.repaired?.rows ?? 0),
      removed: removed + (page.repaired?.removed ?? 0),
      queued: queued + (page.repaired?.queued ?? 0),
    },
  };
}

function withEnds({ undeclaredEnds }: VerifyReport, { ends = [] }: PageReport, most: number) {
  if (ends.length === 0) return {};
  const samples = ends.map(sample => ({ sample }));
  return { undeclaredEnds: tallied(undeclaredEnds, samples, most) };
}

function withRows(before: VerifyReport['tables'], { found = [], unkeyed }: PageReport, most: number) {
  const tables = { ...before };
  for (const [table, ofTable] of Map.groupBy(found, ({ table }) => table)) {
    const report = { ...(tables[table] ?? NO_DIFFERENCES) };
    for (const [kind, ofKind] of Map.groupBy(ofTable, ({ kind }) => kind))
      report[kind] = tallied(report[kind], ofKind, most);
    tables[table] = report;
  }
  if (unkeyed !== undefined && unkeyed.count > 0) {
    const report = tables[unkeyed.table] ?? NO_DIFFERENCES;
    tables[unkeyed.table] = { ...report, unkeyed: report.unkeyed + unkeyed.count };
  }
  return tables;
}

function withObjects(before: ObjectsReport, { listed = 0, objects = [] }: PageReport, most: number): ObjectsReport {
  const report = { ...before, listed: before.listed + listed };
  for (const [kind, ofKind] of Map.groupBy(objects, ({ kind }) => kind))
    report[kind] = tallied(report[kind], ofKind, most);
  return report;
}

/** Counts some more, and keeps those that are among the first. */
function tallied<Sample>(
  { count, first }: Tally<Sample> = NONE,
  more: readonly { readonly sample: Sample }[],
  most: number,
): Tally<Sample> {
  const room = more.slice(0, Math.max(0, most - first.length));
  return { count: count + more.length, first: [...first, ...room.map(({ sample }) => sample)] };
}

/**
 * Whether everything was compared and nothing differs: graph, tracked state and bucket are one. Rejected versions and ambiguous
 * rows are no differences.
 */
export function isClean({ replaced, tables, objects }: VerifyReport): boolean {
  const { listed: _, rejected: __, ...kinds } = objects;
  const tallies = Object.values(tables).flatMap(({ unkeyed, ambiguous: ___, ...ofTable }) => [
    { count: unkeyed },
    ...Object.values(ofTable),
  ]);
  return !replaced && [...Object.values(kinds), ...tallies].every(({ count }) => count === 0);
}

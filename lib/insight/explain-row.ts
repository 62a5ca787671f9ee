import { inTime } from '../bucket/in-time.ts';
import type { Ends } from '../definition/declaration.ts';
import { tablePattern } from '../definition/definition.ts';
import type { Scope } from '../scope.ts';
import { isUnknown } from '../state/manifest-row.ts';
import { readRoot } from '../state/read-root.ts';
import type { Root } from '../state/root.ts';
import { trackedRows } from '../state/tracked-rows.ts';
import { EMPTY, lookup } from '../state/tree.ts';
import { MissingNodeError } from '../state/tree-nodes.ts';
import { valueText } from '../values/column-types.ts';
import type { KeyValue, Value } from '../values/value.ts';
import { isAbsent } from '../values/version.ts';
import { type AskedRow, type Candidate, candidatesOf } from './asked-row.ts';
import { declaredLines } from './declared-lines.ts';
import { appliedNow, type GraphRow, graphRow, tableNow } from './graph-row.ts';
import { committedBatches } from './history.ts';
import { type RowOwner, reasonOf, rowOwners, versionValue } from './row-owners.ts';

/** Where a row comes from. Plain JSON, but for keys that are bigint. */
export interface RowExplanation {
  /** Its table, as Cypher writes it. */
  readonly table: string;
  readonly key: KeyValue;
  readonly ends?: Ends;
  /** Objects that declare it. */
  readonly owners: number;
  /** The first of them: the winner, then those that would take over, in this order. */
  readonly declaredBy: readonly OwnerExplanation[];
  /** Whether the winner declares that it is absent: then it isn't in the graph. */
  readonly isAbsent: boolean;
  /** Why the winner wins; null: no object declares the row. */
  readonly reason: string | null;
  /** Whether it isn't known which values the graph has: the winner's could not be had when another object went. */
  readonly valuesUnknown: boolean;
  /** The batch that gave it its present values, as far back as the log goes; null: it is older, or there was no time. */
  readonly since: { readonly at: string; readonly root: string } | null;
  /** What the database has of it; null: nothing. A text: it could not be asked, and why. */
  readonly graph: GraphRow | string | null;
}

/** An object that declares a row. */
export interface OwnerExplanation {
  readonly object: string;
  /** Value of the table's `versionBy` column, where it has one. */
  readonly version?: string;
  /** Lines (or records) of the file that declare the row; of several the last counts. A text: why they aren't known. */
  readonly lines: readonly number[] | string;
  /** What it declares by column, as text; left out: not known. */
  readonly values?: Readonly<Record<string, string>>;
  /** Extra labels that it declares; left out: none, or not known. */
  readonly labels?: readonly string[];
  readonly etag: string;
  /** Of the bucket's version that is in force, where the bucket has versions. */
  readonly versionId?: string;
  /** When that version was put (ISO). */
  readonly put?: string;
  /** When the object was applied last (ISO). */
  readonly applied?: string;
}

/** What of a row is told. */
export interface ExplainOptions {
  /** When to stop reading files, roots and the database (ms since 1970). Default: in 20 s. */
  readonly deadline?: number;
  /** Owners that are told, and whose files are read. Default 5. */
  readonly owners?: number;
  /** Edges of a node that are told. Default 10. */
  readonly edges?: number;
  /** Whether to ask the database. Default true. */
  readonly graph?: boolean;
}

const DEFAULT_MS = 20_000;

/** What a timer takes. */
const MAX_MS = 2 ** 31 - 1;

/** Batches that are looked through for the one that gave a row its values. */
const MAX_BATCHES = 50;

/** Versions of an object that are looked through for the one in force. */
const MAX_VERSIONS = 100;

/**
 * Tells where rows come from. A text key may be of several types, and a label's or type's name of several tables: all that exist are
 * told; if none does, the first that could be meant.
 *
 * @throws UnknownTableError
 */
export async function explainRow(
  scope: Scope,
  asked: AskedRow,
  options: ExplainOptions = {},
): Promise<RowExplanation[]> {
  const rootHash = (await scope.head.read())?.root ?? EMPTY;
  const root = await readRoot(scope, rootHash);
  const all = candidatesOf(scope, root, asked);
  const explained: RowExplanation[] = [];
  for (const candidate of all) explained.push(await explainOne(scope, root, candidate, options));
  const existing = explained.filter(({ owners, graph }) => owners > 0 || (graph !== null && typeof graph !== 'string'));
  return existing.length > 0 ? existing : explained.slice(0, 1);
}

async function explainOne(
  scope: Scope,
  root: Root,
  { row, table, id, key: asked, ends: askedEnds }: Candidate,
  options: ExplainOptions,
): Promise<RowExplanation> {
  const { deadline = Date.now() + DEFAULT_MS, owners: limit = 5, edges = 10, graph: askGraph = true } = options;
  const stage = scope.nodes.stage();
  const text = (await lookup(stage, root.tables.get(id)?.rows ?? EMPTY, [row])).get(row);
  const owners = text === undefined ? [] : await rowOwners(stage, root.objects, text);
  const tracked = (await trackedRows(stage, root, id, [row])).get(row);
  const key = tracked?.key ?? asked;
  const ends = tracked?.ends ?? askedEnds;
  const [winner, next] = owners;
  const declaredBy: OwnerExplanation[] = [];
  for (const owner of owners.slice(0, limit)) declaredBy.push(await explainOwner(scope, owner, row, deadline));
  return {
    table: tablePattern(table),
    key: key ?? '',
    ...(ends !== undefined && { ends }),
    owners: owners.length,
    declaredBy,
    isAbsent: winner !== undefined && isAbsent(winner.version),
    reason: winner === undefined ? null : reasonOf(winner, next, tableNow(scope, table)),
    valuesUnknown: isUnknown(tracked),
    since: tracked === undefined ? null : await sinceWhen(scope, id, row, tracked.fingerprint, deadline),
    graph:
      key === undefined || !askGraph
        ? null
        : await inTime(
            async () => await graphRow(scope, root, appliedNow(scope, table), { row, key }, edges),
            Math.max(1, Math.min(deadline - Date.now(), MAX_MS)),
          ).catch(
            error => `the database could not be asked: ${error instanceof Error ? error.message : String(error)}`,
          ),
  };
}

async function explainOwner(
  scope: Scope,
  { entry, version }: RowOwner,
  row: string,
  deadline: number,
): Promise<OwnerExplanation> {
  const { key: object, etag } = entry;
  const declared = await declaredLines(scope, entry, new Set([row]), deadline);
  const { values, labels } = (typeof declared === 'string' ? undefined : declared.rows.get(row)) ?? {};
  const status = await scope.status.get(object);
  return {
    object,
    ...(version !== '' && { version: versionValue(version) }),
    lines: typeof declared === 'string' ? declared : (declared.lines.get(row) ?? 'the file no longer declares it'),
    ...(values !== undefined && { values: textsOf(values) }),
    ...(labels !== undefined && { labels }),
    etag,
    ...(await versionInForce(scope, object, etag)),
    ...(status?.state === 'applied' && status.etag === etag && { applied: status.at }),
  };
}

function textsOf(values: Readonly<Record<string, Value | null>>): Record<string, string> {
  const present = Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, textOf(value)]]));
  return Object.fromEntries(present);
}

/** Writes a value for people: numbers and booleans as they write them, others with their type. */
function textOf(value: Value): string {
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value);
  return Array.isArray(value) ? `[${value.map(textOf).join(', ')}]` : valueText(value);
}

async function versionInForce(
  scope: Scope,
  key: string,
  etag: string,
): Promise<Pick<OwnerExplanation, 'versionId' | 'put'>> {
  let looked = 0;
  for await (const version of scope.objects.versions(key)) {
    if (version.etag === etag && !version.deleted) {
      const { versionId, modified } = version;
      return {
        ...(versionId !== undefined && { versionId }),
        ...(modified !== undefined && { put: new Date(modified).toISOString() }),
      };
    }
    looked += 1;
    if (looked === MAX_VERSIONS) break;
  }
  return {};
}

/** Finds the batch since which the row is as it is, going back from root to root. */
async function sinceWhen(
  scope: Scope,
  table: string,
  row: string,
  fingerprint: string,
  deadline: number,
): Promise<RowExplanation['since']> {
  const stage = scope.nodes.stage();
  for (const { from, root, at } of await committedBatches(scope, MAX_BATCHES)) {
    if (Date.now() >= deadline) return null;
    try {
      const before = (await trackedRows(stage, await readRoot(scope, from), table, [row])).get(row);
      if (before?.fingerprint !== fingerprint) return { at: new Date(at).toISOString(), root };
    } catch (error) {
      // Its time is over, and its nodes are gone.
      if (error instanceof MissingNodeError) return null;
      throw error;
    }
  }
  return null;
}

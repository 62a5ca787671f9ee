import type { Ends } from '../definition/declaration.ts';
import { tablePattern } from '../definition/definition.ts';
import { tableTag } from '../definition/table-tag.ts';
import { knownTables } from '../reconcile/known-tables.ts';
import type { Scope } from '../scope.ts';
import { decodeManifestRow, isUnknown, type ManifestRow } from '../state/manifest-row.ts';
import { decodeObject, type ObjectEntry, objectId } from '../state/object-entry.ts';
import type { ObjectStatus } from '../state/object-status.ts';
import { decodeOwners } from '../state/owners.ts';
import { readRoot } from '../state/read-root.ts';
import type { Root } from '../state/root.ts';
import { EMPTY, firstEntries, lookup, type Nodes } from '../state/tree.ts';
import type { KeyValue } from '../values/value.ts';
import { isAbsent } from '../values/version.ts';
import { declaredLines } from './declared-lines.ts';

/** An object, and the rows that the graph has of it. Plain JSON, but for keys that are bigint. */
export interface ObjectExplanation {
  readonly object: string;
  /** The glob of the source that it belongs to; null: no source matches it. */
  readonly source: string | null;
  /** What was decided of it last; null: it was never looked at. */
  readonly status: ObjectStatus | null;
  /** Rows that the version in force declares; null: the graph has nothing of it. */
  readonly rows: number | null;
  /** The next of these rows, by table. */
  readonly declared: readonly DeclaredRow[];
  /** Give it as `after` for more; null: that was all. */
  readonly next: string | null;
  /** Why the rows' lines aren't known; null: they are. */
  readonly linesUnknown: string | null;
}

/** A row that an object declares. */
export interface DeclaredRow {
  readonly table: string;
  readonly key: KeyValue;
  readonly ends?: Ends;
  readonly lines: readonly number[];
  /** The object whose values the graph has: this one, or another that declares the row, too. */
  readonly winner: string;
  /** Whether the winner declares that the row is absent: then it isn't in the graph. */
  readonly isAbsent: boolean;
  /** Whether it isn't known which values the graph has. */
  readonly valuesUnknown: boolean;
}

/** What of an object is told. */
export interface ExplainObjectOptions {
  /** Rows told at once. Default 100. */
  readonly limit?: number;
  /** What the call before answered as `next`. */
  readonly after?: string;
  /** When to give up reading the file (ms since 1970). Default: in 20 s. */
  readonly deadline?: number;
}

const DEFAULT_MS = 20_000;

/** Tells which rows an object declares, in which lines, and which of them it wins. */
export async function explainObject(
  scope: Scope,
  object: string,
  { limit = 100, after = '', deadline = Date.now() + DEFAULT_MS }: ExplainObjectOptions = {},
): Promise<ObjectExplanation> {
  const root = await readRoot(scope, (await scope.head.read())?.root ?? EMPTY);
  const stage = scope.nodes.stage();
  const id = objectId(object);
  const text = (await lookup(stage, root.objects, [id])).get(id);
  const about = {
    object,
    source: scope.sourceOf(object)?.glob ?? null,
    status: await scope.status.get(object),
  };
  if (text === undefined) return { ...about, rows: null, declared: [], next: null, linesUnknown: null };
  const entry = decodeObject(text);
  const page = await firstEntries(stage, entry.manifest, after, limit + 1);
  const rows = new Map(page.slice(0, limit).map(([row, it]) => [row, decodeManifestRow(it)]));
  const lines = await declaredLines(scope, entry, new Set(rows.keys()), deadline);
  const declared = await withWinners(scope, stage, root, rows, entry);
  return {
    ...about,
    rows: entry.rows,
    declared: declared.map(({ row, ...it }) => ({
      ...it,
      lines: (typeof lines === 'string' ? undefined : lines.lines.get(row)) ?? [],
    })),
    next: page.length > limit ? (page[limit - 1]?.[0] ?? null) : null,
    linesUnknown: typeof lines === 'string' ? lines : null,
  };
}

async function withWinners(
  scope: Scope,
  nodes: Nodes,
  root: Root,
  rows: ReadonlyMap<string, ManifestRow>,
  entry: ObjectEntry,
): Promise<(Omit<DeclaredRow, 'lines'> & { readonly row: string })[]> {
  const own = objectId(entry.key);
  const found: (Omit<DeclaredRow, 'lines'> & { readonly row: string })[] = [];
  for (const [id, table] of knownTables(root, scope.tables)) {
    const ofTable = [...rows].filter(([, { tag }]) => tag === tableTag(id));
    const owners = await lookup(
      nodes,
      root.tables.get(id)?.rows ?? EMPTY,
      ofTable.map(([row]) => row),
    );
    const winners = new Map([...owners].map(([row, text]) => [row, decodeOwners(text).winner]));
    const others = [...new Set([...winners.values()].map(winner => winner.id))].filter(winner => winner !== own);
    const entries = await lookup(nodes, root.objects, others);
    const keyOf = (winner: string | undefined): string => {
      const text = winner === undefined ? undefined : entries.get(winner);
      return text === undefined ? entry.key : decodeObject(text).key;
    };
    for (const [row, { key, ends, fingerprint }] of ofTable) {
      const owner = winners.get(row);
      const about = {
        row,
        table: tablePattern(table),
        key,
        winner: keyOf(owner?.id),
        isAbsent: owner !== undefined && isAbsent(owner.version),
        valuesUnknown: isUnknown({ fingerprint }),
      };
      found.push(ends === undefined ? about : { ...about, ends });
    }
  }
  return found;
}

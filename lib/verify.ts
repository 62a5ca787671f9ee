import { knownTables } from './batch.ts';
import { countUnkeyed, type Extra, FIRST_KEY, findExtras, type KeyPosition, keysFrom } from './extras.ts';
import { type TableDefinition, tableId } from './graph/definition.ts';
import { keyText, parseKey } from './graph/value.ts';
import { readRoot } from './lease.ts';
import type { KeyKind } from './neo4j/row-queries.ts';
import type { Scope } from './scope.ts';
import { NodeStage } from './state/node-stage.ts';
import type { Root } from './state/root.ts';
import { EMPTY, firstEntries } from './state/tree.ts';
import { systemTables } from './sweep.ts';
import { compareListing, findGone, type ListingPosition, type ObjectDifference } from './verify/objects.ts';
import { patiently } from './verify/patiently.ts';
import { readPlace } from './verify/place.ts';
import { levelCopies, ReplacedError, removeFound, removeNameless } from './verify/repair.ts';
import { emptyReport, isClean, note, rowSample, shownEnds, tableReport, type VerifyReport } from './verify/report.ts';
import { alteredProperties, findDifferences, type RowDifference, rewriteRows } from './verify/rows.ts';

/** Where a verification goes on. Plain JSON. */
export type Position =
  /** Rows of tracked state, looked for in the graph. `after`: a row's identity. */
  | { readonly phase: 'rows'; readonly table: string; readonly after: string }
  /** Rows of the graph, looked for in tracked state: system tables only. `after`: `keyText` of a key; null: none. */
  | {
      readonly phase: 'extras';
      readonly table: string;
      readonly kind: KeyKind | 'unkeyed';
      readonly after: string | null;
    }
  /** Objects of the bucket, looked for in tracked state. */
  | { readonly phase: 'listing'; readonly at: ListingPosition | null }
  /** Objects of tracked state, looked for in the bucket. `after`: an object's id. */
  | { readonly phase: 'tracked'; readonly after: string };

/** What there is to say so far, and what to give to the next call. Plain JSON. */
export interface Verification {
  /** Nothing differs. Says so only at the end. */
  readonly clean: boolean;
  readonly report: VerifyReport;
  /** Null: all was looked at. */
  readonly next: Position | null;
}

export interface VerifyOptions {
  /** What the call before answered, to go on from there. */
  readonly before?: Pick<Verification, 'report' | 'next'>;
  /** Puts right what differs: rows at once, objects by having them looked at again. Default: only looks. */
  readonly repair?: { readonly queue: (keys: readonly string[]) => Promise<void> };
  /** Rows, or objects, that are compared at once: what is in memory. Default 1,000. */
  readonly pageSize?: number;
  /** Keys that are told of each kind of difference. Default 10. */
  readonly samples?: number;
  /** Default: no limit. One page is looked at in any case. */
  readonly maxPages?: number;
  /** Time (ms since 1970) at which no other page is begun. Default: none. */
  readonly deadline?: number;
}

/**
 * Compares the graph with tracked state, and tracked state with the bucket, a page at a time: a call that runs out of time
 * says where the next one goes on. Takes no lease to look. What seems to differ is looked at once more with the fence
 * locked, so that no batch commits in between: what a worker is committing is never taken for a difference.
 *
 * With `repair` what differs, and only that, is put right in the way of every batch. May be stopped anywhere and repeated.
 *
 * @throws ScopeBusyError when a repair doesn't get the lease; errors of the database, the bucket, the state
 */
export async function verify(scope: Scope, options: VerifyOptions = {}): Promise<Verification> {
  const { before, maxPages = Number.POSITIVE_INFINITY, deadline = Number.POSITIVE_INFINITY } = options;
  const report = before === undefined ? emptyReport(scope.name) : structuredClone(before.report);
  const verifier = new Verifier(scope, options, report);
  let next: Position | null = before === undefined ? { phase: 'rows', table: '', after: '' } : before.next;
  for (let pages = 0; next !== null; pages += 1) {
    if (pages > 0 && (pages >= maxPages || Date.now() >= deadline)) break;
    next = await verifier.look(next);
  }
  return { clean: next === null && isClean(report), report, next };
}

const OBJECTS: Position = { phase: 'listing', at: null };

class Verifier {
  readonly #scope: Scope;
  readonly #report: VerifyReport;
  readonly #repair: VerifyOptions['repair'];
  readonly #pageSize: number;
  readonly #samples: number;
  readonly #tables: readonly TableDefinition[];

  constructor(scope: Scope, { repair, pageSize = 1_000, samples = 10 }: VerifyOptions, report: VerifyReport) {
    this.#scope = scope;
    this.#report = report;
    this.#repair = repair;
    this.#pageSize = pageSize;
    this.#samples = samples;
    this.#tables = systemTables(scope);
  }

  /** Looks at one page. @returns the next; null: that was the last */
  async look(position: Position): Promise<Position | null> {
    if (position.phase === 'listing') return await this.#lookAtBucket(position.at);
    if (position.phase === 'tracked') return await this.#lookForGone(position.after);
    const place = await this.#patiently(() => readPlace(this.#scope));
    if (!place.comparable) return this.#replaced();
    const root = await readRoot(this.#scope, place.root);
    try {
      return position.phase === 'rows'
        ? await this.#lookAtRows(root, position.table, position.after)
        : await this.#lookForExtras(root, position);
    } catch (error) {
      if (error instanceof ReplacedError) return this.#replaced();
      throw error;
    }
  }

  #replaced(): Position {
    this.#report.replaced = true;
    return OBJECTS;
  }

  async #lookAtRows(root: Root, from: string, after: string): Promise<Position> {
    const ids = [...root.tables.keys()].sort();
    const table = ids.find(id => id >= from);
    if (table === undefined) return this.#firstExtras(0);
    const { rows: tree } = root.tables.get(table) ?? { rows: EMPTY };
    const stage = new NodeStage(this.#scope.cache, this.#scope.nodes);
    const page = await firstEntries(stage, tree, table === from ? after : '', this.#pageSize);
    const rows = page.map(([row]) => row);
    const differences = await this.#twice(
      rows,
      async (some, locked) => await findDifferences(this.#scope, root, table, some, locked),
      ({ row }) => row,
    );
    this.#report.rows += rows.length;
    if (differences.length > 0) await this.#settleRows(root, table, differences);
    const last = rows[rows.length - 1];
    if (last !== undefined && rows.length === this.#pageSize) return { phase: 'rows', table, after: last };
    const following = ids.find(id => id > table);
    return following === undefined ? this.#firstExtras(0) : { phase: 'rows', table: following, after: '' };
  }

  async #settleRows(root: Root, table: string, found: readonly RowDifference[]): Promise<void> {
    const room = this.#samples - (this.#report.tables[table]?.altered.count ?? 0);
    const shown = found.filter(({ kind }) => kind === 'altered').slice(0, Math.max(0, room));
    const named = await alteredProperties(this.#scope, root, table, shown);
    // Read again, the winner says what the graph has.
    const differences = found.filter(({ row }) => named.get(row)?.length !== 0);
    for (const { kind, row, tracked, found: ends } of differences) {
      const sample = {
        ...rowSample(tracked.key, tracked.ends),
        ...(kind === 'altered' && { properties: named.get(row) ?? null }),
        ...(kind === 'misplaced' && { found: ends.map(shownEnds) }),
      };
      note(tableReport(this.#report, table)[kind], sample, this.#samples);
    }
    if (this.#repair === undefined || differences.length === 0) return;
    const rows = differences.filter(({ row }) => named.get(row) !== null).map(({ row }) => row);
    await this.#patiently(() => rewriteRows(this.#scope, table, rows));
    this.#report.repaired.rows += rows.length;
    const keys = differences.flatMap(({ kind, tracked }) => (kind === 'misplaced' ? [tracked.key] : []));
    const definition = this.#tables.find(other => tableId(other) === table);
    if (keys.length > 0 && definition !== undefined) await this.#remove(root, definition, keys);
  }

  #firstExtras(index: number): Position {
    const table = this.#tables[index];
    return table === undefined ? OBJECTS : extrasFrom(table, FIRST_KEY);
  }

  async #lookForExtras(root: Root, { table: id, kind, after }: Position & { phase: 'extras' }): Promise<Position> {
    const index = this.#tables.findIndex(other => tableId(other) === id);
    const table = this.#tables[index];
    if (table === undefined) return OBJECTS; // of another definition
    if (kind === 'unkeyed') {
      const unkeyed = await this.#patiently(() => countUnkeyed(this.#scope, table));
      if (unkeyed > 0) {
        tableReport(this.#report, id).unkeyed += unkeyed;
        if (this.#repair !== undefined) this.#report.repaired.removed += await removeNameless(this.#scope, table);
      }
      return this.#firstExtras(index + 1);
    }
    const from = { kind, after: after === null ? null : parseKey(after) };
    const { keys, next } = await this.#patiently(() => keysFrom(this.#scope, table, from, this.#pageSize));
    const columns = columnsOf(this.#scope, root, id);
    const extras = await this.#twice(
      keys,
      async (some, locked) => await findExtras(this.#scope, table, columns, some, locked),
      ({ key }) => key,
    );
    this.#report.keys += keys.length;
    // What is elsewhere was found when it was missing.
    const undeclared = extras.filter((extra): extra is Extra => extra.kind !== 'misplaced');
    for (const { kind: what, key, ends } of undeclared) {
      const { stubs, extra } = tableReport(this.#report, id);
      note(what === 'stub' ? stubs : extra, rowSample(key, ends), this.#samples);
    }
    if (this.#repair !== undefined && undeclared.length > 0) {
      await levelCopies(this.#scope, table, undeclared);
      await this.#remove(
        root,
        table,
        undeclared.map(({ key }) => key),
      );
    }
    return next === null ? { phase: 'extras', table: id, kind: 'unkeyed', after: null } : extrasFrom(table, next);
  }

  async #remove(root: Root, table: TableDefinition, keys: Parameters<typeof removeFound>[3]): Promise<void> {
    const columns = columnsOf(this.#scope, root, tableId(table));
    this.#report.repaired.removed += await removeFound(this.#scope, table, columns, keys);
  }

  async #lookAtBucket(at: ListingPosition | null): Promise<Position | null> {
    const page = await this.#patiently(() => compareListing(this.#scope, at, this.#pageSize));
    this.#report.objects.listed += page.listed;
    await this.#settleObjects(page.differences);
    if (page.next !== null) return { phase: 'listing', at: page.next };
    return page.maybeGone ? { phase: 'tracked', after: '' } : null;
  }

  async #lookForGone(after: string): Promise<Position | null> {
    const { differences, next } = await this.#patiently(() => findGone(this.#scope, after, this.#pageSize));
    await this.#settleObjects(differences);
    return next === null ? null : { phase: 'tracked', after: next };
  }

  async #settleObjects(differences: readonly ObjectDifference[]): Promise<void> {
    for (const { kind, key, reason } of differences) {
      note(this.#report.objects[kind], { key, ...(reason !== undefined && { reason }) }, this.#samples);
    }
    const open = differences.filter(difference => difference.open).map(({ key }) => key);
    if (this.#repair === undefined || open.length === 0) return;
    await this.#repair.queue(open);
    this.#report.repaired.queued += open.length;
  }

  /** Looks at a page, and at what seems to differ once more with the fence locked. */
  async #twice<Item, Difference>(
    page: readonly Item[],
    look: (items: readonly Item[], locked: boolean) => Promise<Difference[]>,
    itemOf: (suspect: Difference) => Item,
  ): Promise<Difference[]> {
    const suspects = await this.#patiently(() => look(page, false));
    if (suspects.length === 0) return [];
    return await this.#patiently(() => look([...new Set(suspects.map(itemOf))], true));
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    return await patiently(this.#scope.limits.maxTries, work);
  }
}

function columnsOf(scope: Scope, root: Root, table: string): readonly string[] | null {
  return knownTables(root, scope.tables).get(table)?.columns ?? null;
}

function extrasFrom(table: TableDefinition, { kind, after }: KeyPosition): Position {
  return { phase: 'extras', table: tableId(table), kind, after: after === null ? null : keyText(after) };
}

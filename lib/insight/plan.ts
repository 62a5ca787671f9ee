import pMap from 'p-map';
import { readObject } from '../bucket/objects.ts';
import { findInForce } from '../bucket/version-in-force.ts';
import { nextDrop, undeclaredBy } from '../commit/drop-tables.ts';
import { RunnersUp } from '../commit/runners-up.ts';
import { RejectedObjectError } from '../files/rejection.ts';
import { planFor } from '../neo4j/schema/apply-schema.ts';
import { createStatement, dropStatement } from '../neo4j/schema/schema.ts';
import { degreesOfNodes } from '../neo4j/statements/row-queries.ts';
import { prepareBatch } from '../reconcile/batch.ts';
import type { ObjectChange } from '../reconcile/object-diff.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import { encodeRoot, type Root } from '../state/root.ts';
import { trackedEntries } from '../state/tracked-entries.ts';
import { EMPTY } from '../state/tree.ts';
import { keyText, toKeyValue } from '../values/value.ts';
import { readPlace } from '../verify/place.ts';
import { readGone, readObjects } from './objects.ts';
import { OverlayObjects } from './overlay-objects.ts';
import { PlannedNodes } from './planned-nodes.ts';
import { diffRoots } from './root-diff.ts';
import { type ReadDegrees, type StubChanges, stubChanges } from './stubs.ts';
import { changesRows, deletions, type TableChanges, tableChanges } from './table-changes.ts';

/** What would be done. Plain JSON, but for keys that are bigint. */
export interface ChangePlan {
  /** The scope, `<context>@<database>`. */
  readonly scope: string;
  /** Whether a row, a constraint or an index would change. */
  readonly changes: boolean;
  /** Rows that would go. */
  readonly deletes: number;
  /**
   * The root that was planned on, and the one that would follow. Content may lead to another with the same rows, for ETag and content
   * type are in it, too; so does a changed flow, once its columns are settled.
   */
  readonly root: string;
  readonly next: string;
  /** False: the database isn't what tracked state says (restored, wiped): rows that no file declares go, too, and aren't in the plan. */
  readonly comparable: boolean;
  /** Objects that were looked at. */
  readonly objects: number;
  /** Objects, or versions, that would be refused, and why: what is in force stays. */
  readonly refused: readonly RefusedObject[];
  readonly tables: Readonly<Record<string, TableChanges>>;
  /** Nodes with only a key, which edges hold, by label. */
  readonly stubs: Readonly<Record<string, StubChanges>>;
  /** Statements that a deploy of this flow would issue, in order. */
  readonly schema: readonly string[];
}

/** An object that would be refused, or could not be read. */
export interface RefusedObject {
  readonly key: string;
  readonly reason: string;
  readonly lines: readonly string[];
}

/** What to plan. */
export interface PlanOptions {
  /**
   * Content of objects by key as it would be put; null: deleted. Default: none; then all objects are planned that aren't up to date,
   * by the bucket as it is and the scope's flow as it is, which may be another than the one in force.
   */
  readonly put?: ReadonlyMap<string, Uint8Array | null>;
  /** Rows told of each kind. Default 10. */
  readonly samples?: number;
}

/** What a plan asks of the database. */
export interface PlannedGraph {
  readonly degrees: ReadDegrees;
  readonly schema: () => Promise<readonly string[]>;
  /** The root that the graph is at. */
  readonly place: () => Promise<{ readonly root: string; readonly comparable: boolean }>;
}

/** Objects read at once. */
const PARALLEL = 8;

/**
 * Tells what a change would do, without doing it: the batch that would be committed is prepared on the tracked root, without the
 * lease, and thrown away. All rows of the changed objects are in memory.
 *
 * The database's own refusals (a person's constraint) aren't foreseen.
 */
export async function planChanges(
  scope: Scope,
  options: PlanOptions = {},
  graph = graphOf(scope),
): Promise<ChangePlan> {
  const { put, samples = 10 } = options;
  const planned = scope.asking(put && new OverlayObjects(scope.objects, put));
  const { root: rootHash, comparable } = await graph.place();
  const nodes = new PlannedNodes(planned.nodes);
  const before = await readRoot(planned, rootHash);
  const dropped = await withoutTables(nodes, before, planned);
  const keys = put === undefined ? await outdatedKeys(planned) : [...put.keys()];
  const { changes, refused } = await readChanges(planned, rootHash, keys);
  const after = await nextRoot(planned, nodes, dropped, changes);
  for (const { version } of changes) version?.spooled?.close();
  const stage = nodes.stage();
  const steps = await diffRoots(stage, before, after);
  const tables = tableChanges(steps.values(), samples);
  const schema = await graph.schema();
  return {
    scope: scope.name,
    changes: changesRows(tables) || schema.length > 0,
    deletes: deletions(tables),
    root: rootHash,
    next: encodeRoot(after)?.hash ?? EMPTY,
    comparable,
    objects: keys.length,
    refused,
    tables,
    stubs: await stubChanges(stage, before, after, steps.values(), graph.degrees, samples),
    schema,
  };
}

/** Answers what a plan asks, by the scope's database. */
function graphOf(scope: Scope): PlannedGraph {
  const { graph } = scope.connection;
  return {
    place: async () => {
      // Asked once: of a database that can't be reached a person hears at once, where a worker would wait for it.
      await graph.queryOnce('RETURN 1');
      const { root, standing } = await readPlace(scope);
      return { root, comparable: standing !== 'apart' };
    },
    degrees: async (table, keys) => {
      const degrees = new Map<string, number>();
      for (let start = 0; start < keys.length; start += KEYS_AT_ONCE) {
        const { text, parameters } = degreesOfNodes(table, keys.slice(start, start + KEYS_AT_ONCE));
        for (const { key, degree } of await graph.query(text, parameters))
          degrees.set(keyText(toKeyValue(key)), Number(degree));
      }
      return degrees;
    },
    schema: async () => {
      const { plan } = await planFor(graph, scope.name, scope.definition);
      return [...[...plan.replaced, ...plan.undeclared].map(dropStatement), ...plan.missing.map(createStatement)];
    },
  };
}

const KEYS_AT_ONCE = 10_000;

/** Takes away the rows of tables that the flow doesn't have, as a deploy does before anything else. */
async function withoutTables(nodes: PlannedNodes, root: Root, scope: Scope): Promise<Root> {
  const gone = undeclaredBy(scope.definition);
  for (let left = root; ; ) {
    const drop = await nextDrop(nodes.stage(), left, gone);
    if (drop === null) return left;
    nodes.remember(drop.batch.nodes);
    left = drop.batch.root;
  }
}

/** Lists the keys of all objects that a look would apply. */
async function outdatedKeys(scope: Scope): Promise<string[]> {
  const outdated: string[] = [];
  const present = new Set<string>();
  for (let after: string | null = ''; after !== null; ) {
    const page = await readObjects(scope, { after });
    for (const { key, standing } of page.objects) {
      present.add(key);
      if (standing !== 'applied') outdated.push(key);
    }
    after = page.next;
  }
  const gone = await readGone(scope, '', present);
  return [...outdated, ...gone.map(({ key }) => key)];
}

/** Reads objects; of one whose content is refused, the version in force instead. */
async function readChanges(scope: Scope, root: string, keys: readonly string[]) {
  const entries = await trackedEntries(scope, root, keys);
  const refused: RefusedObject[] = [];
  const read = async (key: string): Promise<ObjectChange | null> => {
    try {
      return { key, version: await readObject(scope, key) };
    } catch (error) {
      const lines = error instanceof RejectedObjectError ? error.lines : [];
      refused.push({ key, reason: error instanceof Error ? error.message : String(error), lines });
      if (!(error instanceof RejectedObjectError)) return null;
      return (await findInForce(scope, { key, rejection: error, tracked: entries.get(key), sure: true })).change;
    }
  };
  const changes = await pMap(keys, read, { concurrency: PARALLEL });
  return { changes: changes.filter(change => change !== null), refused };
}

/**
 * Computes the root that the changes lead to. Objects that other files' rows depend on are read as a batch reads them; one with more
 * rows than memory takes goes in slices, as in batches.
 */
async function nextRoot(scope: Scope, nodes: PlannedNodes, start: Root, given: readonly ObjectChange[]): Promise<Root> {
  const runnersUp = new RunnersUp(scope);
  let [root, open] = [start, given];
  while (open.length > 0) {
    const batch = await prepareBatch(nodes.stage(), {
      root,
      tables: scope.tables,
      changes: open,
      runnersUp: runnersUp.rows,
      restore: [],
      maxRows: Number.POSITIVE_INFINITY,
    });
    if (batch.kind === 'blocked') {
      for (const { entry, rows } of batch.missing.values()) {
        const change = await runnersUp.read(entry, rows);
        if (change !== null) open = [change, ...open.filter(({ key }) => key !== change.key)];
      }
      continue;
    }
    nodes.remember(batch.nodes);
    root = batch.root;
    const done = new Set(batch.edits.filter(({ complete }) => complete).map(({ key }) => key));
    open = open.filter(({ key }) => !done.has(key));
  }
  return root;
}

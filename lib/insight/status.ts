import { tablePattern } from '../definition/definition.ts';
import type { Scope } from '../scope.ts';
import { readRoot } from '../state/read-root.ts';
import type { Root } from '../state/root.ts';
import { EMPTY } from '../state/tree.ts';
import { countOf } from '../state/tree-node.ts';
import { type HeldBack, readHeldBack } from '../sync/held-back.ts';
import { type CommittedBatch, committedBatches } from './history.ts';
import { readGone, readObjects } from './objects.ts';
import { isAtRest, STANDINGS, type Standing, type StandingObject } from './standing.ts';

/** Objects by how they stand. */
export type ObjectCounts = Readonly<Record<Standing, number>>;

/** How far a scope, or a part of its objects, is. Plain JSON. */
export interface ScopeStatus {
  /** The scope, `<context>@<database>`. */
  readonly scope: string;
  /** ISO time of the look. */
  readonly at: string;
  /** Only objects whose key begins so were looked at. */
  readonly prefix: string;
  /** Whether each of them is in the graph, rejected or unread, and no commit is under way that could change that. */
  readonly settled: boolean;
  readonly objects: ObjectCounts;
  /** The same by folder: the next part of the key after the prefix. At most 100; the others are under `*`. */
  readonly folders: Readonly<Record<string, ObjectCounts>>;
  /** The first objects that aren't applied, with the reason where there is one. */
  readonly open: readonly OpenObject[];
  /** Rows that are tracked by table, as Cypher writes it: `(:Person)`, `(:Person)-[:KNOWS]->(:Person)`; absent ones count as well. */
  readonly rows: Readonly<Record<string, number>>;
  /** Milliseconds from put to commit, of the last batches; null: none is known. */
  readonly lagMs: { readonly last: number; readonly longest: number } | null;
  /** Milliseconds since the first of the pending objects was put; null: none is pending, or the store doesn't say. */
  readonly waitingMs: number | null;
  /** What the last resync would have removed, and left to a person to confirm; null: nothing. */
  readonly heldBack: HeldBack | null;
  /** The last batches, the newest first. */
  readonly batches: readonly CommittedBatch[];
  /** What the scope is doing. */
  readonly head: {
    readonly root: string;
    readonly epoch: number;
    /** Whether a worker holds the lease, or a batch may be about to be committed. */
    readonly committing: boolean;
    /** Whether a deploy has put another definition in force than the one that this was asked with. */
    readonly otherDefinition: boolean;
    /** Whether the scope was torn down. */
    readonly closed: boolean;
    /** Whether the database was restored or wiped, and a resync must bring it back. */
    readonly resync: boolean;
  };
  /** The key after which objects were not looked at any more, for time was up; null: all were. */
  readonly next: string | null;
}

/** An object that isn't applied. */
export interface OpenObject {
  readonly key: string;
  readonly standing: Exclude<Standing, 'applied'>;
  readonly reason?: string;
  /** The problems as `key:line field: problem, got ..., expected ...`. */
  readonly lines?: readonly string[];
}

/** What of the objects is told. */
export interface StatusOptions {
  /** Default: all. */
  readonly prefix?: string;
  /** Objects told in `open`. Default 20. */
  readonly samples?: number;
  /** Batches told. Default 10. */
  readonly batches?: number;
  /** When to stop (ms since 1970); one page of 1,000 objects is looked at in any case. Default: none. */
  readonly deadline?: number;
}

const MAX_FOLDERS = 100;

/** Tells how the scope's objects stand. Takes no lease and needs no database: bucket and tracked state say it. */
export async function scopeStatus(scope: Scope, options: StatusOptions = {}): Promise<ScopeStatus> {
  const { prefix = '', samples = 20, batches: limit = 10, deadline = Number.POSITIVE_INFINITY } = options;
  const tally = new Tally(prefix, samples);
  const keys = new Set<string>();
  const roots = new Set<string>();
  let next: string | null = null;
  for (let after = ''; ; after = next) {
    const page = await readObjects(scope, { prefix, after });
    for (const object of page.objects) {
      keys.add(object.key);
      tally.add(object);
    }
    roots.add(page.root);
    next = page.next;
    if (next === null || Date.now() >= deadline) break;
  }
  if (next === null) for (const object of await readGone(scope, prefix, keys)) tally.add(object);
  const head = await scope.head.read();
  const batches = await committedBatches(scope, limit);
  const lags = batches.flatMap(({ lagMs }) => lagMs ?? []);
  const committing = head !== null && (head.holder !== null ? head.until > Date.now() : head.pending !== null);
  const all = tally.counts;
  const isIn = next === null && STANDINGS.every(standing => isAtRest(standing) || all[standing] === 0);
  // A commit that ended meanwhile may have turned back what was found up to date.
  const isQuiet = !committing && roots.size === 1 && roots.has(head?.root ?? EMPTY);
  const held = await readHeldBack(scope.state.positions);
  // Files that are back again, or a database that is: nothing waits any more, though no resync has looked since.
  const isHeldBack = held?.objects === null ? head !== null && head.resync !== null : all.pending > 0;
  return {
    scope: scope.name,
    at: new Date().toISOString(),
    prefix,
    settled: isIn && isQuiet,
    objects: all,
    folders: tally.folders,
    open: tally.open,
    rows: await rowCounts(scope, await readRoot(scope, head?.root ?? EMPTY)),
    lagMs: lags[0] === undefined ? null : { last: lags[0], longest: Math.max(...lags) },
    waitingMs: tally.oldest === null ? null : Math.max(0, Date.now() - tally.oldest),
    heldBack: isHeldBack ? held : null,
    batches,
    head: {
      root: head?.root ?? EMPTY,
      epoch: head?.epoch ?? 0,
      committing,
      otherDefinition: head !== null && head.definition !== null && head.definition !== scope.definitionHash,
      closed: head?.closed ?? false,
      resync: head !== null && head.resync !== null,
    },
    next,
  };
}

/** Counts the rows of each table by the roots of their trees, which know it. */
async function rowCounts(scope: Scope, { tables }: Root): Promise<Record<string, number>> {
  const counts = new Map([...scope.tables.values()].map(table => [tablePattern(table), 0]));
  const states = [...tables.values()];
  const nodes = await scope.nodes.stage().load(states.map(({ rows }) => rows));
  for (const [index, { table }] of states.entries()) {
    const pattern = tablePattern(table);
    const node = nodes[index];
    // With another primary key it is another table, of the same pattern.
    counts.set(pattern, (counts.get(pattern) ?? 0) + (node === undefined ? 0 : countOf(node)));
  }
  return Object.fromEntries(counts);
}

/** Counts objects in all and by folder, and keeps the first that aren't applied. */
class Tally {
  readonly counts = noObjects();
  readonly open: OpenObject[] = [];
  /** When the first pending object was put; null: unknown. */
  oldest: number | null = null;
  readonly #folders = new Map<string, Record<Standing, number>>();
  readonly #prefix: string;
  readonly #samples: number;

  constructor(prefix: string, samples: number) {
    this.#prefix = prefix;
    this.#samples = samples;
  }

  get folders(): Record<string, ObjectCounts> {
    return Object.fromEntries(this.#folders);
  }

  add({ key, standing, status, modified }: StandingObject): void {
    this.counts[standing] += 1;
    const rest = key.slice(this.#prefix.length);
    const folder = rest.includes('/') ? `${this.#prefix}${rest.slice(0, rest.indexOf('/') + 1)}` : this.#prefix;
    const known = this.#folders.has(folder) || this.#folders.size < MAX_FOLDERS ? folder : '*';
    const counts = this.#folders.get(known) ?? noObjects();
    this.#folders.set(known, counts);
    counts[standing] += 1;
    if (standing === 'applied') return;
    if (!isAtRest(standing) && modified !== undefined) this.oldest = Math.min(modified, this.oldest ?? modified);
    if (this.open.length >= this.#samples) return;
    const { reason, lines } = status ?? {};
    this.open.push({ key, standing, ...(reason !== undefined && { reason }), ...(lines !== undefined && { lines }) });
  }
}

function noObjects(): Record<Standing, number> {
  return Object.fromEntries(STANDINGS.map(standing => [standing, 0])) as Record<Standing, number>;
}

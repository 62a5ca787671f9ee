/**
 * Counts what a batch of 20,000 rows, and a file of 20, write to the state table, by the trees' own code: `node test/bench/state-writes.ts`
 * prints the table of docs/design/state-writes.md. No database: a tree of 200,000 rows is in memory, and stands for a part of
 * a larger one.
 */
import { keyedRow } from '../../lib/definition/declaration.ts';
import { textAttributes } from '../../lib/state/dynamodb/node-text.ts';
import { encodeManifestRow } from '../../lib/state/manifest-row.ts';
import { encodeObject, objectId } from '../../lib/state/object-entry.ts';
import { buildSorted, buildTree, editTree, type Nodes } from '../../lib/state/tree.ts';
import { decodeNode, type Entry, nodeOf, type StoredNode } from '../../lib/state/tree-node.ts';
import { contentHash, shortHash } from '../../lib/values/hash.ts';

const TABLE = 'n:Person:id';
const SCOPE = 'knowledge@neo4j';
/** Rows of a batch, and of its files; of the small file. */
const BATCH = 20_000;
const FILE = 2_000;
const SMALL = 20;
/** Rows of the tree that is built. */
const BUILT = 200_000;
/** Files of which the small one may be another version: its path is the average of theirs. */
const TRIES = 40;
const SIZES = [200_000, 1_000_000, 10_000_000, 100_000_000];

/** Keys by number. Prefixed: of a thousand tenants. */
const PATTERNS: Readonly<Record<string, (n: number) => string>> = {
  sequential: n => `person-${String(n).padStart(9, '0')}`,
  prefixed: n => `tenant-${shortHash(`${Math.floor(n / 1_000)}`)}/${n % 1_000}`,
  random: n => {
    const hex = Buffer.from(contentHash(`${n}`), 'base64url').toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
  },
};

/** Nodes in memory, with what each costs to write. */
class Counted implements Nodes {
  readonly #nodes = new Map<string, StoredNode>();
  fresh = new Map<string, StoredNode>();

  async load(hashes: readonly string[]) {
    return hashes.map(hash => nodeOf((this.fresh.get(hash) ?? this.#nodes.get(hash)) as StoredNode));
  }

  put({ hash, text }: StoredNode): void {
    if (!this.#nodes.has(hash)) this.fresh.set(hash, { hash, text });
  }

  keep(): void {
    for (const [hash, node] of this.fresh) this.#nodes.set(hash, node);
    this.fresh = new Map();
  }

  /** Units of the new nodes that a root needs, by level; then forgets them. */
  unitsByLevel(root: string): number[] {
    const units: number[] = [];
    const visit = (hash: string) => {
      const stored = this.fresh.get(hash);
      if (stored === undefined) return;
      this.fresh.delete(hash);
      const { level, entries } = decodeNode(stored.text);
      units[level] = (units[level] ?? 0) + unitsOf(stored.text);
      if (level > 0) for (const [, child] of entries) visit(child.slice(0, root.length));
    };
    visit(root);
    this.fresh = new Map();
    return Array.from(units, level => level ?? 0);
  }
}

function unitsOf(text: string): number {
  const { text: plain, packed } = textAttributes(text, SCOPE);
  const bytes = packed?.B?.length ?? Buffer.byteLength(plain?.S ?? '');
  return Math.ceil((64 + SCOPE.length + bytes) / 1_024);
}

const sum = (units: readonly number[]) => units.reduce((all, one) => all + one, 0);

/** A row's entry in the rows tree. The file that declares it goes by its number, or is any. */
function owned(key: string, file: number): Entry {
  return [keyedRow(TABLE, key), objectId(`people/part-${String(file).padStart(6, '0')}.ndjson`)];
}

/** Units of a new file's manifest. */
function manifestUnits(keys: readonly string[]): number {
  const nodes = new Counted();
  const rows = keys.map(
    (key): Entry => [
      keyedRow(TABLE, key),
      encodeManifestRow({ table: TABLE, key, fingerprint: shortHash(`values of ${key}`) }),
    ],
  );
  return sum(nodes.unitsByLevel(buildTree(nodes, new Map(rows))));
}

async function objectUnits(files: number, changed: number): Promise<number> {
  const nodes = new Counted();
  const entry = (file: number, round: number): Entry => {
    const key = `people/part-${String(file).padStart(6, '0')}.ndjson`;
    const etag = `"${Buffer.from(contentHash(`${file} ${round}`), 'base64url')
      .toString('hex')
      .slice(0, 32)}"`;
    const of = { key, etag, contentType: 'application/x-ndjson', contentEncoding: '', size: 239_771 + (file % 977) };
    return [
      objectId(key),
      encodeObject({ ...of, source: contentHash('source'), manifest: contentHash(`${file} ${round} m`), rows: FILE }),
    ];
  };
  const root = buildTree(nodes, new Map(Array.from({ length: files }, (_, file) => entry(file, 0))));
  nodes.keep();
  const tries = changed === 1 ? TRIES : 1;
  let units = 0;
  for (let i = 0; i < tries; i += 1) {
    const edits = Array.from({ length: changed }, (_, n) => entry(Math.floor(((n + i / tries) * files) / changed), 1));
    units += sum(nodes.unitsByLevel(await editTree(nodes, root, new Map(edits))));
  }
  return units / tries;
}

/** A tree of `BUILT` rows, and what edits of it cost by level. */
async function builtTree(pattern: (n: number) => string) {
  const nodes = new Counted();
  const entries = Array.from({ length: BUILT }, (_, n) => owned(pattern(n), Math.floor(n / FILE)));
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const root = buildSorted(nodes, entries);
  nodes.keep();
  return async (rows: readonly number[], files: number) => {
    const edits = rows.map(n => owned(pattern(n), BUILT + Math.floor(n / FILE) + (files > 1 ? n % files : 0)));
    return nodes.unitsByLevel(await editTree(nodes, root, new Map(edits)));
  };
}

/** Units of the levels that a larger tree has above the built one: a node each, which measured has 1.4 units on average. */
function above(rows: number): number {
  return Math.max(0, Math.log(rows / BUILT) / Math.log(16)) * 1.4;
}

const head = ['keys', 'units', ...SIZES.map(rows => rows.toLocaleString('en'))];
console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---|').join('')}`);
for (const [name, pattern] of Object.entries(PATTERNS)) {
  const edit = await builtTree(pattern);
  const files = (first: number, count: number) => Array.from({ length: count }, (_, i) => pattern(first + i));
  const start = Math.floor(BUILT * 0.37);
  const [batch, small]: [string[], string[]] = [[], []];
  for (const rows of SIZES) {
    const objects = await objectUnits(Math.ceil(rows / FILE), BATCH / FILE);
    const oneObject = await objectUnits(Math.ceil(rows / FILE), 1);
    // Random keys are spread: the built part of a larger tree gets its share of the batch only.
    const share = name === 'random' ? Math.min(1, BUILT / rows) : 1;
    const changed = Array.from({ length: Math.round(BATCH * share) }, (_, i) => start + i);
    const own = await edit(changed, 1);
    const manifests = (manifestUnits(files(start, FILE)) * BATCH) / FILE;
    batch.push(((sum(own) / share + manifests + objects + 1) / BATCH).toFixed(3));
    let paths = 0;
    let manifest = 0;
    for (let i = 0; i < TRIES; i += 1) {
      const first = Math.floor((BUILT * i) / TRIES) + i;
      paths +=
        sum(
          await edit(
            Array.from({ length: SMALL }, (_, n) => first + n),
            1,
          ),
        ) / TRIES;
      manifest += manifestUnits(files(first, SMALL)) / TRIES;
    }
    // Random keys have twenty paths, which soon part.
    const all = paths + above(rows) * (name === 'random' ? SMALL : 1);
    small.push((all + manifest + oneObject + 1).toFixed(0));
  }
  console.log(`| ${[name, 'a row of 20,000', ...batch].join(' | ')} |`);
  console.log(`| ${[name, 'a file of 20 rows', ...small].join(' | ')} |`);
}

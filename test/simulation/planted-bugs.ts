/** Bugs that graphdrop had, or could have, each as the change of text that brings it back, and what is to find it. */
import type { Focus } from './history.ts';

/** One bug. Its seed, and how long finding it took, are in docs/simulation.md. */
export interface PlantedBug {
  readonly file: string;
  /** What is replaced by what; each text occurs once in the file. */
  readonly edits: readonly (readonly [from: string, to: string])[];
  /** The suite that is to fail. Left out: the simulation finds it */
  readonly suite?: string;
  /** What histories try most. Default: everything */
  readonly focus?: Focus;
  /** Where objects and state are. Default: embedded, where histories are fastest */
  readonly stores?: 'services';
  /** The first seed to try. Default 1 */
  readonly seed?: number;
}

/** Nothing goes wrong by itself: what these bugs need is in files, definitions and other scopes. */
const QUIET: Readonly<Record<string, number>> = Object.fromEntries(
  ['die', 'pause', 'call', 'slow', 's3', 'object', 'memory', 'faulty', 'late', 'cut'].map(fault => [fault, 0]),
);
const QUIET_SERVER = {
  ...QUIET,
  wipe: 0,
  'put back': 0,
  copy: 0,
  restart: 0,
  terminate: 0,
  tangle: 0,
  neighbour: 0,
  race: 0,
  deploy: 0,
};

export const PLANTED: Readonly<Record<string, PlantedBug>> = {
  // A row keeps the values of a version that is gone, and its manifest calls them the winner's.
  'lost-values': {
    file: 'lib/reconcile/ownership.ts',
    edits: [
      [
        'if (after === null) keep(result.kept, winner.id, entry, touched, had ?? { key: to.key });',
        'if (after === null) continue;',
      ],
    ],
    focus: {
      ends: 'events',
      archived: false,
      folder: 'people',
      changes: 4,
      often: { ...QUIET_SERVER, put: 2, spoil: 8, share: 8, delete: 2, collect: 0, guest: 0, upgrade: 0 },
    },
  },
  // A table that says the user manages it deletes the rows of the scope that has them.
  'guest-deletes': {
    file: 'lib/neo4j/fence/claims.ts',
    edits: [['if (shared.size === 0) return claimants;', 'return claimants;']],
    focus: { ends: 'events', often: { ...QUIET_SERVER, guest: 10 } },
  },
  // Ends whose keys are one text when joined count as the same.
  'joined-ends': {
    file: 'lib/reconcile/plan.ts',
    edits: [
      [
        'return a.key === b.key && a.ends?.from === b.ends?.from && a.ends?.to === b.ends?.to;',
        `const told = (key?: KeyValue) => typeof key + String(key);
  const joined = ({ ends }: GraphRow) => told(ends?.from) + '\\n' + told(ends?.to);
  return a.key === b.key && joined(a) === joined(b);`,
      ],
    ],
    focus: { often: { ...QUIET_SERVER, put: 20 } },
  },
  // An update doesn't store a value that Neo4j holds for equal to the old one.
  'equal-values': {
    file: 'lib/neo4j/statements/row-properties.ts',
    edits: [
      ['return value !== null && typeOf(value).stored.hasEquals?.(value) === true;', 'return value === undefined;'],
    ],
    focus: { often: { ...QUIET_SERVER, put: 2, alter: 12 } },
  },
  // A table's columns change without the flow's own code, and no object is looked at again.
  'changed-schema': {
    file: 'lib/definition/flow.ts',
    edits: [['const rows = contentHash(JSON.stringify(graph.tables.map(rowsOf)));', "const rows = '';"]],
    focus: { often: { ...QUIET_SERVER, upgrade: 5 } },
  },
  // A batch is refused for what it does on its way, not for what it leads to.
  'order-of-writes': {
    file: 'lib/commit/batch-policy.ts',
    edits: [
      ['if (!this.clearsFirst) {', 'if (!this.tolerant) {'],
      ['      this.clearsFirst = true;\n', ''],
    ],
    focus: { constrained: true, ends: 'events', often: { ...QUIET_SERVER, put: 20 } },
  },
  // A scope never settles while an object can't be read.
  'unread-never-settles': {
    file: 'lib/sync/resync-objects.ts',
    edits: [
      [
        "if (status.state === 'unread') return isOfNow ? 'unread' : null;",
        "if (status.state === 'unread') return null;",
      ],
    ],
    focus: { ends: 'resync', archived: true, often: QUIET_SERVER },
    stores: 'services',
  },
  // A file that can't be read fails the batch of every file that it shares a row with.
  'unread-runner-up': {
    file: 'lib/commit/runners-up.ts',
    edits: [['if (passes && failures < MAX_READS) throw error;', 'throw error;']],
    focus: {
      ends: 'events',
      archived: false,
      folder: 'people',
      often: { ...QUIET_SERVER, put: 3, archive: 12, share: 8, delete: 2, collect: 0, guest: 0, upgrade: 0 },
    },
  },
  // An administrator who terminates a transaction stops the worker.
  terminated: {
    file: 'lib/neo4j/error-class.ts',
    edits: [["['Neo.ClientError.Transaction', 'passing']", "['Neo.ClientError.Transaction', 'person']"]],
    focus: { often: { ...QUIET, terminate: 20, tangle: 5 } },
  },
  // A lease ends while its worker prepares a batch.
  'lease-not-renewed': {
    file: 'lib/commit/lease.ts',
    edits: [['if (Date.now() - renewed < limits.leaseMs / 6) return;', 'if (renewed > 0) return;']],
    suite: 'test/protocol/slow-preparation.test.ts',
  },
  // A garbage collection that stops begins anew, each time.
  'collection-starts-over': {
    file: 'lib/state/garbage-collection.ts',
    edits: [['if (!complete) await writePosition(state.positions, position);\n    else if', 'if']],
    focus: { often: QUIET_SERVER },
    stores: 'services',
  },
  // Objects count as applied although their transaction fails.
  'done-before-commit': {
    file: 'lib/commit/committer.ts',
    edits: [
      [
        'const counts = await this.#commit(ready, prepared, stage);',
        'this.#finish(prepared);\n      const counts = await this.#commit(ready, prepared, stage);',
      ],
    ],
  },
  // What a batch that failed had got to counts for the next one: a part of a large object is passed over.
  'slice-passed-over': {
    file: 'lib/reconcile/spooled-diff.ts',
    edits: [
      [
        'const begin = progress.get(spooled)?.get(old) ?? 0;',
        'const begin = [...(progress.get(spooled)?.values() ?? [])].at(-1) ?? 0;',
      ],
    ],
    focus: { often: { huge: 20, put: 3, call: 5, cut: 5, die: 0, pause: 0, memory: 5 } },
  },
  // A root is committed of which a node was not stored.
  'node-not-stored': {
    file: 'lib/commit/committer.ts',
    edits: [
      [
        'nodes: batch.rootNode === null ? batch.nodes : [...batch.nodes, batch.rootNode],',
        'nodes: batch.rootNode === null ? batch.nodes : [...batch.nodes.slice(1), batch.rootNode],',
      ],
    ],
  },
  // What was planned on what a batch was to leave is applied although that batch failed.
  'plan-of-failed-batch': {
    file: 'lib/commit/plan-ahead.ts',
    edits: [
      ['if (one.rootHash !== other.rootHash || one', 'if (one'],
      ['    if (this.#next !== null) this.#next.plan.isForgotten = true;\n    this.#next = null;\n', ''],
    ],
    suite: 'test/protocol/plan-ahead.test.ts',
  },
  // What was read before the lease goes into the graph over what another worker applied since then.
  'taken-without-a-look': {
    file: 'lib/commit/committer.ts',
    edits: [['more.filter(({ begun = 0 }) => begun <= this.#leasedAt)', 'more.slice(more.length)']],
    suite: 'test/protocol/one-lease.test.ts',
  },
  // Rows of blocks that are left out are declared elsewhere in the file, too.
  'blocks-share-rows': {
    file: 'lib/bucket/compared-reading.ts',
    edits: [
      [
        'if (had.get(row) !== (declared && encodeManifestRow(declared))) throw new NotComparableError();',
        'void declared;',
      ],
    ],
    suite: 'test/bucket/compared-reading.unit.test.ts',
  },
  // A node that another scope made goes with its file, although the label's own scope is committing that it declares it.
  'guest-not-locked': {
    file: 'lib/neo4j/statements/node-statements.ts',
    edits: [['`WITH k, n WHERE n:', '`WITH k, n WHERE true OR n:']],
    suite: 'test/sync/shared-labels.test.ts',
  },
  // What differs from one version is applied to another.
  'blocks-of-another-version': {
    file: 'lib/reconcile/since-diff.ts',
    edits: [['since.manifest === manifest ||', 'true ||']],
    suite: 'test/bucket/compared-reading.unit.test.ts',
  },
  // What a source's function gave is used after its code changed.
  'memo-of-other-code': {
    file: 'lib/bucket/record-memo.ts',
    edits: [
      ['const found = await this.#store.get(fingerprint, key);', "const found = await this.#store.get('', key);"],
      ['await this.#store.put(fingerprint, key, {', "await this.#store.put('', key, {"],
    ],
    suite: 'test/bucket/record-memo.unit.test.ts',
  },
};

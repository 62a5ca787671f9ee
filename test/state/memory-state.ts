import {
  type Head,
  type HeadChanges,
  isFirstInLine,
  type LeaseTerms,
  NEW_HEAD,
  NO_LINE,
  type Waiting,
} from '../../lib/state/head.ts';
import type { ObjectStatus } from '../../lib/state/object-status.ts';
import { contextOf, databaseOf } from '../../lib/state/scope-name.ts';
import type {
  DeployedContext,
  DeploymentSettings,
  ListedNode,
  LoggedRoot,
  MemoResult,
  NodePage,
  RootMove,
  ScopeStore,
  StateStore,
  Taken,
} from '../../lib/state/state-store.ts';
import type { StoredNode } from '../../lib/state/tree-node.ts';

/** Keeps tracked state in memory: shows that a second store fits behind the interface. */
export class MemoryState implements StateStore {
  readonly #scopes = new Map<string, MemoryScope>();

  scope(name: string): ScopeStore {
    const present = this.#scopes.get(name) ?? new MemoryScope();
    this.#scopes.set(name, present);
    return present;
  }

  async contexts(): Promise<ReadonlyMap<string, DeployedContext>> {
    const all = [...this.#scopes].flatMap(([scope, { deployed }]) =>
      [...deployed.values()].map(({ secretId, queueUrl, order }) => ({ scope, secretId, queueUrl, order })),
    );
    all.sort((a, b) => a.order - b.order);
    return new Map(
      all.map(({ scope, secretId, queueUrl }) => [
        contextOf(scope),
        { secretId, queueUrl, database: databaseOf(scope) },
      ]),
    );
  }
}

let clock = 0;

class MemoryScope implements ScopeStore {
  readonly deployed = new Map<string, DeploymentSettings & { readonly order: number }>();
  readonly #statuses = new Map<string, ObjectStatus>();
  readonly #nodes = new Map<string, { readonly text: string; readonly at: number }>();
  #kept: (LoggedRoot & { readonly until: number })[] = [];
  readonly #positions = new Map<string, Uint8Array>();
  /** By source. */
  readonly #memos = new Map<string, Map<string, MemoResult & { readonly at: number }>>();
  #head: Head | null = null;

  readonly head = {
    read: async () => this.#head,
    take: async (terms: LeaseTerms) => this.#take(terms),
    lineUp: async ({ holder, since, until }: Waiting) => {
      if (this.#head === null || !isFirstInLine(this.#head, { holder, since })) return;
      this.#head = { ...this.#head, next: holder, nextSince: since, nextUntil: until };
    },
    change: async (epoch: number, changes: HeadChanges) => {
      if (this.#head?.epoch !== epoch) return false;
      this.#head = { ...this.#head, ...changes };
      return true;
    },
  };

  readonly nodes = {
    find: async (hashes: readonly string[]) =>
      new Map(
        hashes.flatMap(hash => {
          const node = this.#nodes.get(hash);
          return node === undefined ? [] : [[hash, node.text] as const];
        }),
      ),
    put: async (nodes: readonly StoredNode[]) => {
      for (const { hash, text } of nodes) this.#nodes.set(hash, { text, at: Date.now() });
    },
    list: (after?: string) => this.#list(after),
    delete: async ({ hash, at }: ListedNode) => this.#nodes.get(hash)?.at === at && this.#nodes.delete(hash),
  };

  readonly status = {
    get: async (key: string) => this.#statuses.get(key) ?? null,
    find: async (keys: readonly string[]) => new Map([...this.#statuses].filter(([key]) => keys.includes(key))),
    put: async (status: ObjectStatus) => void this.#statuses.set(status.key, status),
    list: () => this.#listStatuses(),
  };

  readonly retentionLog = {
    add: async (root: string, until: number, move: RootMove | null = null) => {
      this.#kept.push({ root, at: Date.now(), move, until });
    },
    roots: async () => this.#retained().map(({ root }) => root),
    recent: async (limit: number) => this.#retained().reverse().slice(0, limit),
  };

  readonly deployments = {
    list: async () =>
      [...this.deployed].sort(([, a], [, b]) => a.order - b.order).map(([id, { definition }]) => ({ id, definition })),
    put: async (id: string, settings: DeploymentSettings) => {
      this.deployed.set(id, { ...settings, order: clock++ });
    },
    delete: async (id: string) => void this.deployed.delete(id),
  };

  readonly positions = {
    get: async (work: string) => this.#positions.get(work) ?? null,
    put: async (work: string, position: Uint8Array) => void this.#positions.set(work, position),
    delete: async (work: string) => void this.#positions.delete(work),
  };

  readonly memos = {
    get: async (source: string, hash: string) => {
      const { at: _, ...found } = this.#memos.get(source)?.get(hash) ?? { at: 0, until: 0, bytes: new Uint8Array() };
      return found.until < Date.now() ? null : found;
    },
    put: async (source: string, hash: string, result: MemoResult) => {
      const results = this.#memos.get(source) ?? new Map();
      this.#memos.set(source, results.set(hash, { ...result, at: Date.now() }));
    },
    sources: async () =>
      [...this.#memos].map(([source, results]) => ({
        source,
        at: Math.max(...[...results.values()].map(one => one.at)),
      })),
    forget: async (source: string, until: number): Promise<boolean> => {
      const results = this.#memos.get(source) ?? new Map();
      for (const hash of [...results.keys()].slice(0, 1_000)) results.delete(hash);
      if (results.size > 0) return Date.now() < until && (await this.memos.forget(source, until));
      this.#memos.delete(source);
      return true;
    },
  };

  async forget(until: number): Promise<boolean> {
    for (const hash of [...this.#nodes.keys()].slice(0, 1_000)) this.#nodes.delete(hash);
    if (this.#nodes.size > 0) return Date.now() < until && (await this.forget(until));
    for (const kept of [this.#statuses, this.#positions, this.#memos]) kept.clear();
    this.#kept = [];
    this.#head = { ...NEW_HEAD, epoch: this.#head?.epoch ?? 0, closed: true };
    return true;
  }

  #retained(): LoggedRoot[] {
    return this.#kept.filter(({ until }) => until > Date.now()).map(({ root, at, move }) => ({ root, at, move }));
  }

  #take({ holder, since = Date.now(), until, definition, deploy }: LeaseTerms): Taken {
    const head = this.#head ?? { ...NEW_HEAD, store: crypto.randomUUID() };
    const free = head.holder === null || head.until < Date.now() || head.holder === holder;
    const ours =
      isFirstInLine(head, { holder, since }) &&
      !head.closed &&
      (head.definition === null || head.definition === definition);
    if (!(deploy === undefined ? free && ours : free || deploy.insist)) return { taken: false, head };
    const epoch = head.epoch + 1;
    const opened = deploy && { closed: false, ...(deploy.resync && { resync: epoch }) };
    this.#head = {
      ...head,
      ...NO_LINE,
      store: head.store || crypto.randomUUID(),
      holder,
      until,
      definition,
      epoch,
      ...opened,
    };
    return { taken: true, head: this.#head };
  }

  async *#list(after = ''): AsyncGenerator<NodePage> {
    const rest = [...this.#nodes].filter(([hash]) => hash > after).sort(([a], [b]) => (a < b ? -1 : 1));
    for (let start = 0; start === 0 || start < rest.length; start += 100) {
      const nodes = rest.slice(start, start + 100).map(([hash, { at }]) => ({ hash, at }));
      yield { nodes, position: start + 100 < rest.length ? (nodes.at(-1)?.hash ?? null) : null };
    }
  }

  async *#listStatuses(): AsyncGenerator<ObjectStatus> {
    for (const [, status] of [...this.#statuses].sort(([a], [b]) => (a < b ? -1 : 1))) yield status;
  }
}

import { ScopeHead } from './scope-head.ts';
import type {
  DeploymentStore,
  MemoStore,
  PositionStore,
  RetentionLog,
  ScopeStore,
  StateStore,
  StatusStore,
} from './state-store.ts';
import { TreeNodes } from './tree-nodes.ts';

/** The tracked state of one scope, over any store. */
export class ScopeState {
  /** The scope, `<context>@<database>`. */
  readonly name: string;
  readonly head: ScopeHead;
  readonly nodes: TreeNodes;
  readonly status: StatusStore;
  readonly retentionLog: RetentionLog;
  readonly deployments: DeploymentStore;
  readonly positions: PositionStore;
  readonly memos: MemoStore;
  readonly #store: ScopeStore;

  constructor(states: StateStore, name: string) {
    const store = states.scope(name);
    this.name = name;
    this.#store = store;
    this.head = new ScopeHead(name, store.head, store.retentionLog);
    this.nodes = new TreeNodes(name, store.nodes);
    this.status = store.status;
    this.retentionLog = store.retentionLog;
    this.deployments = store.deployments;
    this.positions = store.positions;
    this.memos = store.memos;
  }

  /** Deletes the scope's state, but for its deployments. @param until see {@link ScopeStore.forget} @returns whether all is gone */
  async forget(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    return await this.#store.forget(until);
  }
}

import type { Head, HeadChanges, LeaseTerms, Waiting } from './head.ts';
import type { ObjectStatus } from './object-status.ts';
import type { StoredNode } from './tree-node.ts';

/**
 * What keeps tracked state: DynamoDB, or another store with atomic conditional writes. Errors that may pass are thrown as
 * {@link StoreUnavailableError}; no other part of graphdrop knows a store's own errors.
 */
export interface StateStore {
  /** Opens the state of one scope. Reads nothing. */
  scope(name: string): ScopeStore;
  /** Reads the settings of each deployed context, by its name, as the deployment in force has them. */
  contexts(): Promise<ReadonlyMap<string, DeployedContext>>;
}

/** What a store keeps of one scope. */
export interface ScopeStore {
  readonly head: HeadStore;
  readonly nodes: NodeStore;
  readonly status: StatusStore;
  readonly retentionLog: RetentionLog;
  readonly deployments: DeploymentStore;
  readonly positions: PositionStore;
  readonly memos: MemoStore;
  /**
   * Deletes all of it but the deployments. The head goes last, so that a repeat knows there is something left; what stays of it
   * for a day says that the scope is closed, and keeps the epoch: a late worker with an older one commits nothing.
   *
   * @param until when to stop (ms since 1970); something is deleted in any case
   * @returns whether all is gone; call again if not
   */
  forget(until: number): Promise<boolean>;
}

/** The one mutable record of a scope, with strongly consistent reads. */
export interface HeadStore {
  /** Reads the head; null: the scope has never been used. */
  read(): Promise<Head | null>;
  /** Takes the lease with the next epoch, in one atomic write, if the terms allow it. */
  take(terms: LeaseTerms): Promise<Taken>;
  /** Puts a worker at the head of the line for the lease, in one atomic write, unless one is there that waits longer. */
  lineUp(waiting: Waiting): Promise<void>;
  /** Changes the head in one atomic write, if the epoch is still this. @returns whether it was */
  change(epoch: number, changes: HeadChanges): Promise<boolean>;
}

/** The head after the lease was taken, or the head that stood in the way. */
export interface Taken {
  readonly taken: boolean;
  readonly head: Head;
}

/** Immutable tree nodes, by the hash of their text. */
export interface NodeStore {
  /** Reads texts by hash, strongly consistent. Leaves out what isn't there. */
  find(hashes: readonly string[]): Promise<Map<string, string>>;
  /** Puts nodes. Repeats renew the time at which a node was put. */
  put(nodes: readonly StoredNode[]): Promise<void>;
  /**
   * Lists all nodes, a page at a time, such that the nodes of a page are spread over the store.
   *
   * @param after the position of the page after which to go on; default: from the beginning
   */
  list(after?: string): AsyncIterable<NodePage>;
  /** Deletes a node unless it was put again since it was listed. @returns whether it was deleted */
  delete(node: ListedNode): Promise<boolean>;
}

export interface NodePage {
  readonly nodes: readonly ListedNode[];
  /** Where this page ends; null: that was all. */
  readonly position: string | null;
}

export interface ListedNode {
  readonly hash: string;
  /** When it was put last (ms since 1970). */
  readonly at: number;
}

/** Roots kept for restores of the database, each until its time is over. */
export interface RetentionLog {
  /** Keeps a root. @param until ms since 1970 @param move how the root is reached; left out: it was there before */
  add(root: string, until: number, move?: RootMove): Promise<void>;
  /** Reads the roots whose time isn't over. */
  roots(): Promise<string[]>;
  /** Reads the last entries whose time isn't over, the newest first. */
  recent(limit: number): Promise<LoggedRoot[]>;
}

/** A batch in the log: it is proposed, and may not have been committed. */
export interface RootMove {
  /** The root before. */
  readonly from: string;
  /** Objects of the batch. */
  readonly objects: number;
  /** Rows that it changed in tracked state. */
  readonly rows: number;
  /** When the first of its objects was put into the bucket (ms since 1970), where that is known. */
  readonly dropped?: number;
}

/** An entry of the retention log. */
export interface LoggedRoot {
  readonly root: string;
  /** When it was added (ms since 1970). */
  readonly at: number;
  /** Null: the entry says only that the root was there. */
  readonly move: RootMove | null;
}

/** Where long work stopped, by its name: it goes on there another time. */
export interface PositionStore {
  /** Reads a position; null: there is none, or it is damaged. */
  get(work: string): Promise<Uint8Array | null>;
  /** Keeps a position of up to some 100 MB. */
  put(work: string, position: Uint8Array): Promise<void>;
  delete(work: string): Promise<void>;
}

/**
 * What sources' functions gave, by the fingerprint of the source and a hash of what the function got. Only time is lost with it: the
 * function is called again.
 */
export interface MemoStore {
  /** Reads a result; null: there is none, or its time is over. */
  get(source: string, hash: string): Promise<MemoResult | null>;
  /** Keeps a result of up to some 10 MB. */
  put(source: string, hash: string, result: MemoResult): Promise<void>;
  /** Lists all sources that have results. */
  sources(): Promise<readonly MemoSource[]>;
  /**
   * Deletes the results of a source.
   *
   * @param until when to stop (ms since 1970); something is deleted in any case
   * @returns whether all are gone; call again if not
   */
  forget(source: string, until: number): Promise<boolean>;
}

/** What a function gave for one record. */
export interface MemoResult {
  readonly bytes: Uint8Array;
  /** Until when it is kept (ms since 1970). */
  readonly until: number;
}

/** A source that has results. */
export interface MemoSource {
  readonly source: string;
  /** When the last of them was put (ms since 1970), or up to an hour earlier. */
  readonly at: number;
}

/** How the scope's objects stand. */
export interface StatusStore {
  get(key: string): Promise<ObjectStatus | null>;
  /** Reads some, by key. Leaves out what isn't there. */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, ObjectStatus>>;
  put(status: ObjectStatus): Promise<void>;
  /** Lists all, in the order of keys. */
  list(): AsyncIterable<ObjectStatus>;
}

/** How the workers of a context reach database and queue. */
export interface DeployedContext {
  /** Name or ARN of the connection secret. */
  readonly secretId: string;
  readonly database: string;
  readonly queueUrl: string;
}

/** What one deployment declares of a scope. */
export interface DeploymentSettings extends Omit<DeployedContext, 'database'> {
  /** Hash of the definition that it put in force. */
  readonly definition: string;
}

/**
 * The deployments of a scope: a custom resource whose logical id changes is created anew before the old one is deleted, so for
 * a while there are two of them. The last that was put is in force.
 */
export interface DeploymentStore {
  /** Lists the deployments in the order in which they were put. */
  list(): Promise<readonly { readonly id: string; readonly definition: string }[]>;
  /** Puts a deployment's settings in force. */
  put(id: string, settings: DeploymentSettings): Promise<void>;
  delete(id: string): Promise<void>;
}

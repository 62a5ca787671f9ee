import { randomUUID } from 'node:crypto';
import {
  definitionHash,
  type GraphDefinition,
  type TableDefinition,
  tableId,
  withCode,
} from './definition/definition.ts';
import type { Flow, Source } from './definition/flow.ts';
import { memoryForParameters, memoryForRows } from './definition/row-memory.ts';
import { prefixesOf } from './files/keys/glob-prefix.ts';
import { isIgnoredKey } from './files/keys/ignored-key.ts';
import { LakeTables } from './files/lake-tables.ts';
import type { ObjectStore } from './files/object-store.ts';
import type { ConnectionFactory } from './neo4j/transport/connection-factory.ts';
import type { ScopeHead } from './state/scope-head.ts';
import { scopeName } from './state/scope-name.ts';
import { ScopeState } from './state/scope-state.ts';
import type { StateStore, StatusStore } from './state/state-store.ts';
import type { TreeNodes } from './state/tree-nodes.ts';

/** Steps of the commit protocol, in order: an observer may watch them (and a test may die between any two). */
export type Step =
  | 'leased'
  | 'stamped'
  | 'planned'
  | 'stored'
  | 'proposed'
  | 'committing'
  | 'committed'
  | 'accepted'
  | 'released';

/** Everything that may be tuned, with what it defaults to. */
export interface ScopeLimits {
  /** Milliseconds a lease lasts without renewal. Default 60,000. */
  readonly leaseMs: number;
  /** Milliseconds a Neo4j transaction may take; shorter than the lease. Default 40,000. */
  readonly transactionMs: number;
  /** Milliseconds to wait for another worker's lease before giving up. Default 5,000. */
  readonly leaseWaitMs: number;
  /** Changed rows one transaction applies; each takes 3 to 7 KB of the server's memory. Default 20,000. */
  readonly maxRowsPerTransaction: number;
  /**
   * Bytes, about, of the values that one transaction writes: its parameters are in memory here, and once more on the server. Default: 64
   * MB, less where this process has little memory.
   */
  readonly maxBytesPerTransaction: number;
  /** Rows of one object that are kept in memory, up to 1 KB each; those of a larger one go through the temporary folder. Default 60,000. */
  readonly maxRowsInMemory: number;
  /**
   * Bytes of rows, about, that wait in memory at once, of all objects; what one object has beyond an eighth of it goes through the
   * temporary folder. Default: what this process's memory allows.
   */
  readonly rowBytesInMemory: number;
  /** Bytes from which on a new version of a file of lines is compared with the one before, so that lines which stay need not be parsed. Default 128 KiB. */
  readonly bytesReadByLines: number;
  /** Bytes from which on that is done by blocks of lines, so that not all of the one before need be read. Default 1 MiB. */
  readonly bytesReadByBlocks: number;
  /** Days for which roots, and so restores of the database, are remembered. Default 7. */
  readonly stateRetentionDays: number;
  /** Tries of a batch that fails for passing reasons. Default 6. */
  readonly maxTries: number;
  /**
   * Share of a scope's rows or objects, more of which a resync removes only when a person confirms it. Default 1, all of them: it is
   * the stack that sets less.
   */
  readonly maxRemovedShare: number;
}

export const DEFAULT_LIMITS: ScopeLimits = {
  leaseMs: 60_000,
  transactionMs: 40_000,
  leaseWaitMs: 5_000,
  maxRowsPerTransaction: 20_000,
  maxBytesPerTransaction: memoryForParameters(),
  maxRowsInMemory: 60_000,
  rowBytesInMemory: memoryForRows(),
  bytesReadByLines: 128 * 1024,
  bytesReadByBlocks: 1024 * 1024,
  stateRetentionDays: 7,
  maxTries: 6,
  maxRemovedShare: 1,
};

export interface ScopeOptions {
  readonly flow: Flow;
  readonly connection: ConnectionFactory;
  readonly objects: ObjectStore;
  readonly state: StateStore;
  /** Hash of the flow module's own code. Default: none, for flows that are run in process. */
  readonly code?: string;
  readonly limits?: Partial<ScopeLimits>;
  /** Whether results of functions are kept where their source says `memo`; those that are there are used in any case. Default true. */
  readonly keepsResults?: boolean;
  readonly observe?: (step: Step) => void | Promise<void>;
  /** Structured log, one event a line. Default: none. */
  readonly log?: (entry: LogEntry) => void;
}

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly [detail: string]: unknown;
}

/** One flow bound to its database, state and bucket: what all work on a scope needs. Kept by warm workers. */
export class Scope {
  /** Names this worker as the holder of a lease. */
  readonly workerId = randomUUID();
  readonly name: string;
  readonly context: string;
  readonly definition: GraphDefinition;
  readonly definitionHash: string;
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** Whether any source leaves records out. */
  readonly skipsInvalid: boolean;
  readonly keepsResults: boolean;
  readonly connection: ConnectionFactory;
  readonly objects: ObjectStore;
  readonly lakes: LakeTables;
  readonly state: ScopeState;
  readonly limits: ScopeLimits;
  readonly observe: (step: Step) => void | Promise<void>;
  readonly log: (entry: LogEntry) => void;
  readonly #sources: readonly Source[];
  readonly #options: ScopeOptions;

  constructor(options: ScopeOptions) {
    const { flow, connection } = options;
    this.#options = options;
    this.context = flow.context.name;
    this.name = scopeName(this.context, connection.database);
    this.definition = withCode(flow.definition, options.code ?? '');
    this.definitionHash = definitionHash(this.definition);
    this.tables = new Map(this.definition.tables.map(definition => [tableId(definition), definition]));
    this.skipsInvalid = this.definition.sources.some(({ onInvalid }) => onInvalid === 'skip');
    this.keepsResults = options.keepsResults ?? true;
    this.connection = connection;
    this.objects = options.objects;
    this.lakes = new LakeTables(options.objects);
    this.state = new ScopeState(options.state, this.name);
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.observe = options.observe ?? (() => {});
    this.log = options.log ?? (() => {});
    this.#sources = flow.sources.map((source, index) => ({
      ...source,
      fingerprint: this.definition.sources[index]?.fingerprint ?? '',
    }));
  }

  /** What the keys of the scope's objects begin with. */
  get prefixes(): readonly string[] {
    return prefixesOf(this.#sources.map(({ glob }) => glob));
  }

  /** Returns the same scope for questions: nothing is kept of what its functions give. @param objects others, as a plan has them */
  asking(objects = this.objects): Scope {
    return new Scope({ ...this.#options, objects, keepsResults: false });
  }

  get head(): ScopeHead {
    return this.state.head;
  }

  get nodes(): TreeNodes {
    return this.state.nodes;
  }

  get status(): StatusStore {
    return this.state.status;
  }

  /** Finds the source that an object belongs to: the first that matches, unless its key is ignored. */
  sourceOf(key: string): Source | undefined {
    return this.#sources[this.sourcePlace(key)];
  }

  /** Returns the place of an object's source among those of the flow; -1: it has none. */
  sourcePlace(key: string): number {
    return isIgnoredKey(key) ? -1 : this.#sources.findIndex(({ matches }) => matches(key));
  }
}

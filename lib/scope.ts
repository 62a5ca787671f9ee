import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { matchGlob } from './files/object-name.ts';
import { definitionHash, type GraphDefinition, type TableDefinition, tableId, withCode } from './graph/definition.ts';
import type { Flow, Source } from './graph/flow.ts';
import type { ConnectionFactory } from './neo4j/connection-factory.ts';
import { HeadItem } from './state/head.ts';
import { scopeName } from './state/items.ts';
import { NodeCache } from './state/node-cache.ts';
import { NodeTable } from './state/node-table.ts';
import { StatusItems } from './state/status.ts';

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
  /** Days for which roots, and so restores of the database, are remembered. Default 7. */
  readonly stateRetentionDays: number;
  /** Tries of a batch that fails for passing reasons. Default 6. */
  readonly maxTries: number;
}

export const DEFAULT_LIMITS: ScopeLimits = {
  leaseMs: 60_000,
  transactionMs: 40_000,
  leaseWaitMs: 5_000,
  maxRowsPerTransaction: 20_000,
  stateRetentionDays: 7,
  maxTries: 6,
};

export interface ScopeOptions {
  readonly flow: Flow;
  readonly connection: ConnectionFactory;
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  /** Name of the state table. */
  readonly table: string;
  readonly bucket: string;
  /** Hash of the flow module's own code. Default: none, for flows that are run in process. */
  readonly code?: string;
  readonly limits?: Partial<ScopeLimits>;
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
  /** Who this worker is, in leases. */
  readonly owner = randomUUID();
  readonly name: string;
  readonly context: string;
  readonly bucket: string;
  readonly definition: GraphDefinition;
  readonly definitionHash: string;
  readonly tables: ReadonlyMap<string, TableDefinition>;
  /** Whether any source leaves records out. */
  readonly skipsInvalid: boolean;
  readonly connection: ConnectionFactory;
  readonly s3: S3Client;
  readonly dynamo: DynamoDBClient;
  readonly table: string;
  readonly head: HeadItem;
  readonly nodes: NodeTable;
  readonly cache = new NodeCache();
  readonly status: StatusItems;
  readonly limits: ScopeLimits;
  readonly observe: (step: Step) => void | Promise<void>;
  readonly log: (entry: LogEntry) => void;
  readonly #sources: readonly { readonly matches: (key: string) => boolean; readonly source: Source }[];

  constructor(options: ScopeOptions) {
    const { flow, connection, dynamo, table } = options;
    this.context = flow.context.name;
    this.name = scopeName(this.context, connection.database);
    this.bucket = options.bucket;
    this.definition = withCode(flow.definition, options.code ?? '');
    this.definitionHash = definitionHash(this.definition);
    this.tables = new Map(this.definition.tables.map(definition => [tableId(definition), definition]));
    this.skipsInvalid = this.definition.sources.some(({ onInvalid }) => onInvalid === 'skip');
    this.connection = connection;
    this.s3 = options.s3;
    this.dynamo = dynamo;
    this.table = table;
    this.head = new HeadItem(dynamo, table, this.name);
    this.nodes = new NodeTable(dynamo, table, this.name);
    this.status = new StatusItems(dynamo, table, this.name);
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.observe = options.observe ?? (() => {});
    this.log = options.log ?? (() => {});
    this.#sources = flow.sources.map((source, index) => ({
      matches: matchGlob(source.glob),
      source: { ...source, fingerprint: this.definition.sources[index]?.fingerprint ?? '' },
    }));
  }

  /** The source an object belongs to: the first that matches. */
  sourceOf(key: string): Source | undefined {
    return this.#sources.find(({ matches }) => matches(key))?.source;
  }
}

import type { GraphDefinition } from '../definition/definition.ts';
import type { GraphDatabase } from '../neo4j/graph-database.ts';
import type { ScopeState } from '../state/scope-state.ts';

/** A scope as a deploy knows it. */
export interface DeployedScope {
  readonly state: ScopeState;
  /** `<context>@<database>`. */
  readonly scope: string;
  readonly graph: GraphDatabase;
  readonly definition: GraphDefinition;
  /** The deployment. Default: none, where a scope is opened in process. */
  readonly deployment?: Deployment;
  /** Milliseconds to wait for a worker that commits before it is overridden. Default 15,000. */
  readonly waitMs?: number;
  /** Told what the deploy won't fail at, but some files may later. Default: nobody is. */
  readonly warn?: (message: string) => void;
  /** Days for which roots, and so restores of the database, are remembered. Default 7. */
  readonly stateRetentionDays?: number;
}

/** One custom resource of one stack. */
export interface Deployment {
  /** Unlike that of any other, one of a deleted stack of the same name included. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly secretId: string;
  readonly queueUrl: string;
  /** Whether it may take the scope from another state. */
  readonly takeOver: boolean;
}

import type { Command } from 'commander';
import type { ObjectStore } from '../../files/object-store.ts';
import type { LoadedFlow } from '../../flow-module/load-flow.ts';
import type { ConnectionFactory } from '../../neo4j/transport/connection-factory.ts';
import type { Scope } from '../../scope.ts';
import type { ScopeState } from '../../state/scope-state.ts';

/**
 * Where a command works: one scope of a deployed stack, or of a folder. What costs time (the flow's code, the database) is opened at
 * its first use: a command that needs only tracked state works without both.
 */
export interface Place {
  readonly kind: 'stack' | 'folder';
  /** For people, e.g. `stack graphdrop` or `folder data`. */
  readonly title: string;
  /** The ContextKey's name. */
  readonly context: string;
  /** `<context>@<database>`. */
  readonly scopeName: string;
  readonly objects: ObjectStore;
  readonly state: ScopeState;
  /** Loads the flow module. @throws CliError without one */
  flow(): Promise<LoadedFlow>;
  /** Connects to the database. */
  connection(): Promise<ConnectionFactory>;
  /** All of it, as a worker of this scope has it. */
  scope(): Promise<Scope>;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** Options of commands that work on a place. */
export interface PlaceOptions {
  /** Name of a deployed stack. Default: the folder of the workspace. */
  readonly stack?: string;
  /** Name of a ContextKey. Default: the only one. */
  readonly context?: string;
  /** Path of the flow module. Default: that of the workspace, else `flow.ts`. */
  readonly flow?: string;
  /** Folder of the workspace. Default: `.graphdrop`. */
  readonly workspace: string;
}

/** Adds the options that say where a command works. */
export function placeOptions(command: Command): Command {
  return command
    .option(
      '--stack <name>',
      'work on the deployed stack of this name; default: on the folder that dev was started with',
    )
    .option('--context <name>', "name of the flow's ContextKey, where there are several")
    .option('--flow <file>', 'the flow module; default: the one that dev was started with, else flow.ts')
    .option('--workspace <folder>', 'where dev keeps its state', '.graphdrop');
}

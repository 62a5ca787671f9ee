import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { newCommand, runs } from '../command.ts';
import { Dev } from '../dev/dev.ts';
import { openSettings } from '../place/folder-place.ts';
import { withoutCredentials } from '../place/neo4j-address.ts';
import { Workspace, type WorkspaceSettings } from '../place/workspace.ts';

interface DevOptions {
  readonly flow?: string;
  readonly neo4j?: string;
  readonly database?: string;
  readonly context?: string;
  readonly workspace: string;
  readonly once?: boolean;
  readonly takeOver?: boolean;
  readonly confirm?: boolean;
}

/** `graphdrop dev`: keeps a graph equal to a folder. */
export function devCommand(): Command {
  const command = newCommand('dev', {
    summary: 'keep a graph equal to a folder, without AWS',
    description: `Keeps a Neo4j graph equal to the files of a folder, while they change: makes constraints and indexes, looks at every
file, then watches. A changed flow is deployed again. State is kept in the workspace: it goes on where it stopped.

--neo4j embedded starts a server in the workspace (it needs Java 17 and Maven); else it is the address of a server, with the
user of NEO4J_USERNAME (default neo4j) and NEO4J_PASSWORD.`,
    examples: [
      'graphdrop dev data --neo4j embedded',
      'NEO4J_PASSWORD=... graphdrop dev data --flow flow.ts --neo4j bolt://localhost',
      'graphdrop dev data --once    # for CI: ends with 0 if every file is in the graph',
    ],
  })
    .argument('<folder>', 'the folder that the graph follows')
    .option('--flow <file>', 'the flow module', 'flow.ts')
    .option('--neo4j <uri>', 'embedded, or the address of a server; default: NEO4J_URI, else as before, else embedded')
    .option('--database <name>', 'default: NEO4J_DATABASE, else neo4j')
    .option('--context <name>', "name of the flow's ContextKey, where there are several")
    .option('--workspace <folder>', 'where state, settings and the embedded server are kept', '.graphdrop')
    .option('--once', 'end when the graph is equal to the folder, with 2 if files were rejected')
    .option('--confirm', 'remove all rows if no file is left; else they are held back: a disk may be missing')
    .option('--take-over', 'take the graph over that another workspace or stack keeps');
  return runs<DevOptions>(command, async ({ args: [folder = ''], options, out }) => {
    const workspace = new Workspace(options.workspace);
    const settings = await settingsOf(workspace, String(folder), options);
    const place = await openSettings(workspace, settings, { ...options, flow: settings.flow }, out);
    try {
      return await new Dev(place, out, {
        once: options.once === true,
        takeOver: options.takeOver === true,
        confirm: options.confirm === true,
      }).run();
    } finally {
      await place.close();
    }
  });
}

async function settingsOf(workspace: Workspace, given: string, options: DevOptions): Promise<WorkspaceSettings> {
  const folder = resolve(given);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new CliError(`there is no folder ${folder}`);
  const before = await workspace.read();
  if (before !== undefined && before.folder !== folder) {
    throw new CliError(
      `the workspace ${workspace.path} follows ${before.folder}: its graph would lose the rows of that one. Give another: --workspace FOLDER, or delete that one`,
    );
  }
  const { NEO4J_URI, NEO4J_DATABASE } = process.env;
  const neo4j = withoutCredentials(options.neo4j ?? NEO4J_URI ?? before?.neo4j ?? 'embedded');
  const database = options.database ?? NEO4J_DATABASE ?? before?.database ?? 'neo4j';
  const flow = resolve(options.flow ?? 'flow.ts');
  if (!existsSync(flow)) {
    throw new CliError(
      `there is no flow module ${flow}: name one with --flow, or have one proposed: graphdrop init FILES...`,
    );
  }
  return { folder, flow, neo4j, database };
}

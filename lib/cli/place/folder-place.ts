import { basename } from 'node:path';
import { FolderObjects } from '../../bucket/folder/folder-objects.ts';
import { type LoadedFlow, loadFlow } from '../../flow-module/load-flow.ts';
import type { ConnectionFactory } from '../../neo4j/transport/connection-factory.ts';
import { Scope, type ScopeOptions } from '../../scope.ts';
import { scopeName } from '../../state/scope-name.ts';
import { ScopeState } from '../../state/scope-state.ts';
import { sqliteState } from '../../state/sqlite/sqlite-state.ts';
import { CliError } from '../cli-error.ts';
import type { Output } from '../output.ts';
import { type OpenServer, openServer } from '../server/open-server.ts';
import { chooseContext } from './choose-context.ts';
import { connectionAt, connectionTo } from './neo4j-address.ts';
import type { Place, PlaceOptions } from './place.ts';
import { Workspace, type WorkspaceSettings } from './workspace.ts';

/** A folder as a place, with what only a folder has. */
export interface FolderPlace extends Place {
  readonly kind: 'folder';
  readonly workspace: Workspace;
  readonly settings: WorkspaceSettings;
  /** Opens the embedded server; null: the database is elsewhere. */
  server(): Promise<OpenServer | null>;
  /** Makes the scope of a flow that was loaded in another way. */
  scopeOf(flow: LoadedFlow, options?: Pick<ScopeOptions, 'log' | 'observe'>): Promise<Scope>;
}

/** Opens the folder that dev was started with in this workspace. @throws CliError where it never was */
export async function openFolder(options: PlaceOptions, out: Output): Promise<FolderPlace> {
  const workspace = new Workspace(options.workspace);
  const settings = await workspace.read();
  if (settings === undefined) {
    throw new CliError(
      `nothing to work on: there is no workspace ${workspace.path}. Start 'graphdrop dev FOLDER' here first, or name a deployed stack: --stack NAME`,
    );
  }
  return await openSettings(workspace, settings, options, out);
}

/** Opens a folder as settings say, whether the workspace has them or not yet. @throws CliError */
export async function openSettings(
  workspace: Workspace,
  settings: WorkspaceSettings,
  options: Pick<PlaceOptions, 'context' | 'flow'>,
  out: Output,
): Promise<FolderPlace> {
  const { folder, database } = settings;
  const title = `folder ${basename(folder)}`;
  let loaded: Promise<LoadedFlow> | undefined;
  const flow = () => {
    loaded ??= loadFlow(options.flow ?? settings.flow);
    return loaded;
  };
  const names = async () => (await flow()).definitions.map(one => one.context);
  const context = chooseContext(options.context, await names(), options.flow ?? settings.flow);
  const name = scopeName(context, database);
  const store = sqliteState(workspace.state);
  const objects = new FolderObjects(folder);
  let server: Promise<OpenServer | null> | undefined;
  const serve = () => {
    const starting = () => out.note('starting Neo4j (the first time its parts are fetched)');
    server ??= settings.neo4j === 'embedded' ? openServer(workspace.server, database, starting) : Promise.resolve(null);
    return server;
  };
  let connection: Promise<ConnectionFactory> | undefined;
  const connect = () => {
    connection ??= serve().then(open => (open === null ? connectionAt(settings.neo4j, database) : connectionTo(open)));
    return connection;
  };
  const scopeOf: FolderPlace['scopeOf'] = async ({ flows, code, path }, more = {}) => {
    const found = flows.find(one => one.context.name === context);
    if (found === undefined) throw new CliError(`${path} has no flow for context ${context}`);
    // More is held back, and the person asked: see followAll.
    const limits = { maxRemovedShare: 0.5 };
    return new Scope({ flow: found, connection: await connect(), objects, state: store, code, limits, ...more });
  };
  return {
    kind: 'folder',
    title,
    context,
    scopeName: name,
    objects,
    state: new ScopeState(store, name),
    workspace,
    settings,
    flow,
    server: serve,
    connection: connect,
    scopeOf,
    scope: async () => await scopeOf(await flow()),
    close: async () => {
      await (await connection?.catch(() => undefined))?.close();
      store.close();
      await (await server?.catch(() => undefined))?.close();
    },
  };
}

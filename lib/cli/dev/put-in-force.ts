import { setTimeout as sleep } from 'node:timers/promises';
import { abandonDeploy, beginDeploy, continueDeploy } from '../../deploy/deploy.ts';
import type { DeployedScope } from '../../deploy/deployed-scope.ts';
import type { Scope } from '../../scope.ts';

/** How a folder's flow is deployed. */
export interface FolderDeployment {
  /** Path of the workspace: its identity as a deployment. */
  readonly workspace: string;
  /** For people: in the message that another state gets. */
  readonly name: string;
  /** Whether the scope may be taken from another state. */
  readonly takeOver: boolean;
}

/**
 * Puts a scope's definition in force, as the deploy of a stack does: constraints and indexes first, rows of tables that it no longer
 * has removed. On failure the definition before is in force again.
 */
export async function putInForce(scope: Scope, { workspace, name, takeOver }: FolderDeployment): Promise<void> {
  const { state, definition, connection } = scope;
  const deployment = { id: workspace, name, secretId: '', queueUrl: '', takeOver };
  const deployed: DeployedScope = { state, scope: scope.name, graph: connection.graph, definition, deployment };
  const before = await beginDeploy(deployed);
  try {
    while (!(await continueDeploy(deployed, Date.now() + 60_000, Number.POSITIVE_INFINITY))) await sleep(200);
  } catch (error) {
    await abandonDeploy(deployed, before).catch(() => {}); // the first error is the one to be told
    throw error;
  }
}

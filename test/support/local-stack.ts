/** The whole of graphdrop on this machine: real services, and the stack deployed by the real CDK. */
import { resolve } from 'node:path';
import { loadFlow } from '../../lib/flow-module/load-flow.ts';
import { scopeName } from '../../lib/state/scope-name.ts';
import {
  bootstrap,
  createConnectionSecret,
  type DeployedStack,
  deployStack,
  destroyStack,
  type StackOptions,
} from './deploy-stack.ts';
import { type MiniStackServer, startMiniStack } from './ministack.ts';
import { type Neo4jServer, startNeo4j } from './neo4j.ts';

export interface LocalStackOptions {
  /** The flow module. Default: the flights example. */
  readonly graph?: string;
  /** Bolt listens here, Neo4j's HTTP on the next port, the AWS emulator on the one after. Default: free ports. */
  readonly portBase?: number;
  /**
   * As the app's own: with `retain` no deploy of the app by another hand empties the bucket, with `destroy` nothing is left.
   *
   * @default 'destroy'
   */
  readonly removalPolicy?: 'retain' | 'destroy';
  /** Told what is being done. */
  readonly progress?: (text: string) => void;
}

export interface LocalStack {
  readonly neo4j: Neo4jServer;
  readonly aws: MiniStackServer;
  readonly deployed: DeployedStack;
  /** Names of the flow module's contexts, and their scopes. */
  readonly contexts: readonly { readonly name: string; readonly scope: string }[];
  /** Path of the flow module, relative to the working directory. */
  readonly flow: string;
  /** The globs of the flow module's sources. */
  readonly globs: readonly string[];
  /** `cdk deploy` once more: the flow as it is now, over the same files. Its contexts must be the same. */
  redeploy(): Promise<void>;
  /** `cdk destroy`. */
  destroy(): Promise<void>;
  /** Ends the services and deletes their files. */
  stop(): Promise<void>;
}

/** Starts the services and deploys. All contexts of the flow module are on one Neo4j server. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const { graph = 'examples/flights/flow.ts', portBase, removalPolicy = 'destroy', progress = () => {} } = options;
  const port = (offset: number) => (portBase === undefined ? undefined : portBase + offset);
  progress('starting Neo4j and the AWS emulator (the first time their parts are fetched)');
  const { definitions } = await loadFlow(resolve(graph));
  const [neo4j, aws] = await bothOrNone(
    startNeo4j({ ...given('boltPort', port(0)), ...given('httpPort', port(1)) }),
    startMiniStack(given('port', port(2))),
  );
  const stop = async () => {
    await Promise.all([neo4j.remove(), aws.stop()]);
  };
  const stack: StackOptions = { aws, graph: resolve(graph), removalPolicy };
  try {
    for (const { context } of definitions) await createConnectionSecret(aws, context, neo4j);
    progress('cdk bootstrap');
    await bootstrap(aws);
    progress('cdk deploy');
    const deployed = await deployStack(stack);
    const contexts = definitions.map(({ context }) => ({ name: context, scope: scopeName(context, neo4j.database) }));
    const globs = definitions.flatMap(({ sources }) => sources.map(({ glob }) => glob));
    const redeploy = async () => void (await deployStack(stack));
    return { neo4j, aws, deployed, contexts, flow: graph, globs, redeploy, destroy: () => destroyStack(stack), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bothOrNone(
  neo4j: Promise<Neo4jServer>,
  aws: Promise<MiniStackServer>,
): Promise<[Neo4jServer, MiniStackServer]> {
  const [first, second] = await Promise.allSettled([neo4j, aws]);
  if (first.status === 'fulfilled' && second.status === 'fulfilled') return [first.value, second.value];
  if (first.status === 'fulfilled') await first.value.remove();
  if (second.status === 'fulfilled') await second.value.stop();
  throw first.status === 'rejected' ? first.reason : (second as PromiseRejectedResult).reason;
}

function given<K extends string, V>(name: K, value: V | undefined): { [N in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [N in K]?: V });
}

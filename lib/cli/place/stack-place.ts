import { S3Objects } from '../../bucket/s3-objects.ts';
import { type LoadedFlow, loadFlow } from '../../flow-module/load-flow.ts';
import { dynamoClient, s3Client, secretsClient, sqsClient } from '../../lambda/clients.ts';
import { connectionOf, readSecret } from '../../lambda/connection-secret.ts';
import type { ConnectionFactory } from '../../neo4j/transport/connection-factory.ts';
import { Scope } from '../../scope.ts';
import { dynamoDbState } from '../../state/dynamodb/dynamodb-state.ts';
import { scopeName } from '../../state/scope-name.ts';
import { ScopeState } from '../../state/scope-state.ts';
import { CliError } from '../cli-error.ts';
import { chooseContext } from './choose-context.ts';
import { nameCalls } from './named-calls.ts';
import type { Place, PlaceOptions } from './place.ts';
import { type StackOutputs, stackOutputs } from './stack-outputs.ts';

/** A deployed stack as a place, with what only a stack has. */
export interface StackPlace extends Place {
  readonly kind: 'stack';
  /** Its name. */
  readonly stack: string;
  readonly outputs: StackOutputs;
  readonly queueUrl: string;
}

/** Opens a deployed stack. @throws CliError */
export async function openStack(name: string, options: PlaceOptions): Promise<StackPlace> {
  nameCalls(s3Client(), 's3');
  nameCalls(dynamoClient(), 'dynamodb');
  nameCalls(secretsClient(), 'secretsmanager');
  nameCalls(sqsClient(), 'sqs');
  const outputs = await stackOutputs(name);
  const title = `stack ${name}`;
  const store = dynamoDbState(dynamoClient(), outputs.table);
  const contexts = await store.contexts();
  const context = chooseContext(options.context, [...contexts.keys()], title);
  const { database = '', secretId = '', queueUrl = '' } = contexts.get(context) ?? {};
  const objects = new S3Objects(s3Client(), outputs.bucket);
  let loaded: Promise<LoadedFlow> | undefined;
  let connection: Promise<ConnectionFactory> | undefined;
  const flow = () => {
    loaded ??= loadFlow(options.flow ?? 'flow.ts');
    return loaded;
  };
  const connect = () => {
    connection ??= readSecret(secretsClient(), secretId).then(secret => connectionOf(secret, database));
    return connection;
  };
  return {
    kind: 'stack',
    stack: name,
    title,
    context,
    scopeName: scopeName(context, database),
    objects,
    state: new ScopeState(store, scopeName(context, database)),
    outputs,
    queueUrl,
    flow,
    connection: connect,
    scope: async () => {
      const { flows, code, path } = await flow();
      const found = flows.find(one => one.context.name === context);
      if (found === undefined)
        throw new CliError(`${path} has no flow for context ${context}: name the module with --flow`);
      return new Scope({ flow: found, connection: await connect(), objects, state: store, code });
    },
    close: async () => {
      await (await connection?.catch(() => undefined))?.close();
    },
  };
}

/** Tells whether a place is a deployed stack. */
export function isStack(place: Place): place is StackPlace {
  return place.kind === 'stack';
}

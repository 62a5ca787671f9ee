/** All local services together: Neo4j, DynamoDB Local, MiniStack. */
import type { AwsAddress } from './aws-address.ts';
import { type DynamoDbServer, startDynamoDb } from './dynamodb.ts';
import { type MiniStackServer, startMiniStack } from './ministack.ts';
import { type Neo4jAddress, type Neo4jOptions, type Neo4jServer, startNeo4j } from './neo4j.ts';

export interface ServicesOptions {
  /** Bolt listens here, Neo4j's HTTP on the next port, then DynamoDB Local, then MiniStack. @default free ports */
  readonly portBase?: number;
  /** Further options of the Neo4j server, such as its `home`. */
  readonly neo4j?: Omit<Neo4jOptions, 'boltPort' | 'httpPort'>;
  /** Variables of MiniStack's process, handed on to Lambda functions. */
  readonly miniStackEnv?: Readonly<Record<string, string>>;
}

export interface Services {
  readonly neo4j: Neo4jServer;
  readonly dynamoDb: DynamoDbServer;
  readonly miniStack: MiniStackServer;
  /** Ends all of them and deletes their temporary files. */
  stop(): Promise<void>;
}

/** What clients need to know of the services; plain data. */
export interface ServiceAddresses {
  readonly neo4j: Neo4jAddress;
  readonly dynamoDb: AwsAddress;
  readonly miniStack: AwsAddress & Pick<MiniStackServer, 'callsFile'>;
}

/** Starts all services at once; if one fails, the others are ended too. */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const port = (offset: number) => (options.portBase === undefined ? undefined : options.portBase + offset);
  const [neo4j, dynamoDb, miniStack] = await Promise.allSettled([
    startNeo4j({ ...options.neo4j, ...given({ boltPort: port(0), httpPort: port(1) }) }),
    startDynamoDb(given({ port: port(2) })),
    startMiniStack(given({ port: port(3), env: options.miniStackEnv })),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([
      neo4j.status === 'fulfilled' && neo4j.value.remove(),
      dynamoDb.status === 'fulfilled' && dynamoDb.value.stop(),
      miniStack.status === 'fulfilled' && miniStack.value.stop(),
    ]);
  };
  if (neo4j.status === 'fulfilled' && dynamoDb.status === 'fulfilled' && miniStack.status === 'fulfilled') {
    return { neo4j: neo4j.value, dynamoDb: dynamoDb.value, miniStack: miniStack.value, stop };
  }
  await stop();
  const reasons = [neo4j, dynamoDb, miniStack].flatMap(part => (part.status === 'rejected' ? [part.reason] : []));
  throw reasons.length === 1 ? reasons[0] : new AggregateError(reasons, reasons.map(String).join('\n'));
}

/** The plain data of running services, to hand to another process. */
export function addressesOf({ neo4j, dynamoDb, miniStack }: ServiceAddresses): ServiceAddresses {
  const { boltUri, httpUri, browserUri, username, password, database } = neo4j;
  return {
    neo4j: { boltUri, httpUri, browserUri, username, password, database },
    dynamoDb: awsOf(dynamoDb),
    miniStack: { ...awsOf(miniStack), callsFile: miniStack.callsFile },
  };
}

function awsOf({ endpoint, region, accessKeyId, secretAccessKey }: AwsAddress): AwsAddress {
  return { endpoint, region, accessKeyId, secretAccessKey };
}

/** The properties that have a value. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

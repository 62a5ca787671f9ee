import { RemovalPolicy } from 'aws-cdk-lib';
import { claimOf } from '../lib/graph/definition.ts';
import type { GraphDropProps } from './graph-drop-props.ts';

const PROPS: Readonly<Record<keyof GraphDropProps, true>> = {
  flow: true,
  contexts: true,
  bucket: true,
  table: true,
  takeOver: true,
  removalPolicy: true,
  autoDeleteObjects: true,
  memorySize: true,
  timeout: true,
  vpc: true,
  vpcSubnets: true,
  securityGroups: true,
  resyncSchedule: true,
  maxConcurrency: true,
  maxRowsPerTransaction: true,
  stateRetention: true,
  queryUrl: true,
  queryConcurrency: true,
};

/** @throws Error that names the value received and what to do, for whatever a deploy would fail at later or ignore */
export function validateProps(props: GraphDropProps): void {
  refuseUnknown('GraphDrop', props, Object.keys(PROPS));
  const contexts = props.flow.definitions.map(({ context }) => context);
  const twice = contexts.find((context, index) => contexts.indexOf(context) !== index);
  if (twice) throw new Error(`two flows have the context '${twice}': give each its own ContextKey`);
  for (const [context, settings] of Object.entries(props.contexts ?? {})) {
    if (!contexts.includes(context)) {
      throw new Error(`"contexts" names '${context}', but the flow has ${contexts.map(it => `'${it}'`).join(', ')}`);
    }
    refuseUnknown(`contexts.${context}`, settings, ['secret', 'secretKey', 'database']);
    const { database } = settings;
    if (database !== undefined && !/^[A-Za-z0-9._-]+$/.test(database)) {
      throw new Error(`database of '${context}' is ${JSON.stringify(database)}: use letters, digits, '.', '_' and '-'`);
    }
  }
  refuseSharedClaims(props);
  const { removalPolicy, autoDeleteObjects, bucket, table, vpc, vpcSubnets, securityGroups } = props;
  if (table && !bucket) {
    throw new Error(
      '"table" needs the "bucket" that its state is of: with an empty one everything in the graph would go',
    );
  }
  if (
    removalPolicy !== undefined &&
    removalPolicy !== RemovalPolicy.RETAIN &&
    removalPolicy !== RemovalPolicy.DESTROY
  ) {
    throw new Error(`"removalPolicy" is '${removalPolicy}': use RemovalPolicy.RETAIN or RemovalPolicy.DESTROY`);
  }
  if (autoDeleteObjects && bucket) {
    throw new Error(
      '"autoDeleteObjects" is for the bucket GraphDrop makes: leave it out, or set it on your own "bucket"',
    );
  }
  if (autoDeleteObjects && removalPolicy !== RemovalPolicy.DESTROY) {
    throw new Error('"autoDeleteObjects" needs removalPolicy: RemovalPolicy.DESTROY, got the default of RETAIN');
  }
  if (!vpc && (vpcSubnets || securityGroups)) {
    throw new Error(`"${vpcSubnets ? 'vpcSubnets' : 'securityGroups'}" needs the "vpc" that it is of`);
  }
  inRange('memorySize', props.memorySize, 256, 10_240);
  inRange('timeout (in seconds)', props.timeout?.toSeconds(), 30, 900);
  inRange('maxConcurrency', props.maxConcurrency, 2, 1000);
  inRange('queryConcurrency', props.queryConcurrency === false ? undefined : props.queryConcurrency, 1, 1000);
  inRange('maxRowsPerTransaction', props.maxRowsPerTransaction, 100, 100_000);
  inRange('stateRetention (in days)', props.stateRetention?.toDays({ integral: false }), 1, 365);
}

/** Two contexts of one database can't both manage a label or relation: the deploy of the second would be refused. */
function refuseSharedClaims({ flow, contexts = {} }: GraphDropProps): void {
  const holders = new Map<string, string>();
  for (const { context, tables } of flow.definitions) {
    const { secret, database = 'neo4j' } = contexts[context] ?? {};
    const connection = secret === undefined ? `graphdrop/${context}` : (secret.secretFullArn ?? secret.secretName);
    for (const claim of tables.flatMap(table => claimOf(table) ?? [])) {
      const place = JSON.stringify([connection, database, claim]);
      const holder = holders.get(place);
      if (holder !== undefined) {
        throw new Error(
          `'${holder}' and '${context}' both manage ${claim} in one database: give one another "database" or "secret", or declare ` +
            "the table in one of their flows only, or with managedBy: 'user' in the other",
        );
      }
      holders.set(place, context);
    }
  }
}

function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find(name => !known.includes(name));
  if (unknown) throw new Error(`${what} has no property '${unknown}': it takes ${known.join(', ')}`);
}

function inRange(what: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new Error(`"${what}" is ${value}: use a whole number from ${least} to ${most}`);
}

/** How every Lambda function of graphdrop is built. */
import { type Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Effect, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type FunctionOptions,
  Function as LambdaFunction,
  type RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeFunction, acknowledgeTracing, acknowledgeVpcAccess } from './acknowledge.ts';
import { bundle } from './bundle.ts';
import { NODE_OPTIONS } from './node-options.ts';
import type { NetworkProps } from './props/network-props.ts';
import type { ObservationProps } from './props/observation-props.ts';
import type { Resolved } from './props/resolved.ts';

/** What Lambda does with its network interfaces in a VPC. */
const NETWORK_ACTIONS = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Where a function runs; with nothing in it: outside of any VPC. */
export type Network = Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;

/** How functions are watched, and what is added to them. */
export type Observed = Resolved<ObservationProps, 'logKey'>;

export function networkOf(props: Resolved<NetworkProps, keyof NetworkProps>): Network {
  const { vpc, vpcSubnets, securityGroups } = props;
  return {
    ...(vpc && { vpc }),
    ...(vpcSubnets && { vpcSubnets }),
    ...(securityGroups && { securityGroups: [...securityGroups] }),
  };
}

export interface GraphDropFunctionProps {
  /** File in `functions/`, without extension. */
  readonly entry: 'sync' | 'ddl' | 'garbage-collection' | 'verify' | 'query' | 'status';
  /** @default 'handler' */
  readonly handler?: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What `#flow` stands for in the bundle: absolute path of the user's flow module. @default - none is imported */
  readonly flowPath?: string;
  /** Variables that are too large for the environment: they become part of the code. @default - none */
  readonly constants?: Readonly<Record<string, string>>;
  readonly memorySize: number;
  /** Megabytes of its temporary folder. @default 512 */
  readonly temporaryStorage?: number;
  readonly timeout: Duration;
  readonly network: Network;
  readonly observed: Observed;
  /** Whether Lambda may end chains of its own messages. @default - it does */
  readonly recursiveLoop?: RecursiveLoop;
  /** Whether it is invoked by schedule too. @default false */
  readonly scheduled?: boolean;
  /** Most invocations at a time, kept free for it. @default - what the account has */
  readonly concurrency?: number | undefined;
}

/**
 * A function with its own role and log group. The role may write to that group, have network interfaces if it is in a VPC,
 * and nothing else until granted more.
 */
export class GraphDropFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: GraphDropFunctionProps) {
    const { observed } = props;
    const logGroup = functionLogGroup(scope, `${id}Logs`, observed);
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (props.network.vpc) {
      // Not the managed policy, which lets it write to any log group too.
      role.addToPolicy(new PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }));
      acknowledgeVpcAccess(role);
    }
    super(scope, id, {
      code: bundle(props.entry, props.flowPath, props.constants),
      handler: `index.${props.handler ?? 'handler'}`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize,
      ...(props.temporaryStorage && { ephemeralStorageSize: Size.mebibytes(props.temporaryStorage) }),
      timeout: props.timeout,
      role,
      logGroup,
      // What the stack itself sets wins: functions don't work without.
      environment: { ...props.observed.environment, ...props.environment, NODE_OPTIONS },
      ...props.network,
      tracing: props.observed.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      layers: [...props.observed.layers],
      ...(props.recursiveLoop !== undefined && { recursiveLoop: props.recursiveLoop }),
      ...(props.concurrency !== undefined && { reservedConcurrentExecutions: props.concurrency }),
    });
    if (props.network.vpc) {
      // They are for Lambda itself, and not for the code, as AWS advises. In a policy apart, for the function waits for the role's.
      const fromCode = { ArnEquals: { 'lambda:SourceFunctionArn': this.functionArn } };
      const never = { effect: Effect.DENY, actions: NETWORK_ACTIONS, resources: ['*'], conditions: fromCode };
      new Policy(this, 'NoInterfaces', { roles: [role], statements: [new PolicyStatement(never)] });
    }
    acknowledgeFunction(this, props.scheduled ?? false, observed.tracing);
    if (observed.tracing) acknowledgeTracing(role);
  }
}

/** Makes a group for logs. They are no state: they go with the stack, and after their time. */
export function functionLogGroup(scope: Construct, id: string, { logRetention, logKey }: Observed): LogGroup {
  return new LogGroup(scope, id, {
    retention: logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(logKey && { encryptionKey: logKey }),
  });
}

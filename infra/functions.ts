/** How every Lambda function of graphdrop is built. */
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type FunctionOptions, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeVpcAccess } from './acknowledge.ts';
import { bundle } from './bundle.ts';
import type { GraphDropProps } from './graph-drop-props.ts';

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

export function networkOf({ vpc, vpcSubnets, securityGroups }: Pick<GraphDropProps, keyof Network>): Network {
  return {
    ...(vpc && { vpc }),
    ...(vpcSubnets && { vpcSubnets }),
    ...(securityGroups && { securityGroups: [...securityGroups] }),
  };
}

export interface GraphDropFunctionProps {
  /** File in `functions/`, without extension. */
  readonly entry: 'sync' | 'ddl' | 'collect' | 'verify' | 'query';
  /** @default 'handler' */
  readonly handler?: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What `#flow` stands for in the bundle: absolute path of the user's flow module. @default - none is imported */
  readonly flowPath?: string;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly network: Network;
  /** Most invocations at a time, kept free for it. @default - what the account has */
  readonly concurrency?: number | undefined;
}

/**
 * A function with its own role and log group. The role may write to that group, have network interfaces if it is in a VPC,
 * and nothing else until granted more.
 */
export class GraphDropFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: GraphDropFunctionProps) {
    const logGroup = functionLogGroup(scope, `${id}Logs`);
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (props.network.vpc) {
      // Not the managed policy, which lets it write to any log group too.
      role.addToPolicy(new PolicyStatement({ actions: NETWORK_ACTIONS, resources: ['*'] }));
      acknowledgeVpcAccess(role);
    }
    super(scope, id, {
      code: bundle(props.entry, props.flowPath),
      handler: `index.${props.handler ?? 'handler'}`,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize,
      timeout: props.timeout,
      role,
      logGroup,
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      ...props.network,
      ...(props.concurrency !== undefined && { reservedConcurrentExecutions: props.concurrency }),
    });
  }
}

/** Logs are no state: they go with the stack, and after a month. */
export function functionLogGroup(scope: Construct, id: string): LogGroup {
  return new LogGroup(scope, id, { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
}

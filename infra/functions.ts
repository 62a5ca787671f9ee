/** How every Lambda function of graphdrop is built. */
import { extname, join } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type FunctionOptions, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat, SourceMapMode } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledgeVpcAccess } from './acknowledge.ts';
import type { GraphDropProps } from './graph-drop-props.ts';

/** Folder of graphdrop itself, whatever the working directory: of the sources, or in a dependency of what was built of them. */
const projectRoot = join(import.meta.dirname, '..');
const extension = extname(import.meta.filename);

/** CommonJS packages in the bundle (neo4j-driver) require Node's own modules, which an ES module has no `require` for. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

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
 *
 * Everything is bundled, the AWS SDK's clients too: one file of 1.7 MB loads faster than the runtime's copy of the SDK from
 * many files, and its version is the tested one.
 */
export class GraphDropFunction extends NodejsFunction {
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
      entry: join(projectRoot, 'functions', `${props.entry}${extension}`),
      projectRoot,
      // Nothing is installed while bundling, so no lock file is read, but a file has to be named.
      depsLockFilePath: import.meta.filename,
      handler: props.handler ?? 'handler',
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
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        banner: REQUIRE,
        minify: true,
        // Lines and names are enough for a stack trace; without the sources the map is a quarter of the size.
        sourceMap: true,
        sourceMapMode: SourceMapMode.EXTERNAL,
        sourcesContent: false,
        externalModules: [],
        logLevel: LogLevel.WARNING,
        ...(props.flowPath && {
          esbuildArgs: {
            '--alias:#flow': props.flowPath,
            // One copy of the library in a bundle, whichever the flow's own folder would give.
            '--alias:graphdrop': join(projectRoot, 'lib', `index${extension}`),
          },
        }),
      },
    });
  }
}

/** Logs are no state: they go with the stack, and after a month. */
export function functionLogGroup(scope: Construct, id: string): LogGroup {
  return new LogGroup(scope, id, { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
}

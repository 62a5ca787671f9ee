/** What cdk-nag's packs AwsSolutions and Serverless find here, and why it is right as it is. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct, IConstruct } from 'constructs';

/** Of the bucket GraphDrop makes. */
export function acknowledgeBucket(bucket: Construct): void {
  acknowledge(
    bucket,
    'AwsSolutions-S1',
    'who reads and writes objects is for a trail or access logs of the account to tell; pass your own bucket to have them',
  );
}

/** Of a function in a VPC. */
export function acknowledgeVpcAccess(role: Construct): void {
  acknowledge(
    role,
    'AwsSolutions-IAM5[Resource::*]',
    'network interfaces have no names before they are made, and looking at them knows no resources',
  );
}

/** Of the sync function's role. A bucket that is only referred to has another finding, for its owner to judge. */
export function acknowledgeObjectAccess(syncRole: Construct, bucket: IConstruct, objects = '*'): void {
  const resource = bucket.node.defaultChild;
  if (!resource) return;
  const id = logicalId(resource);
  acknowledge(
    syncRole,
    `AwsSolutions-IAM5[Resource::<${id}.Arn>/${objects}]`,
    objects === '*' ? 'any object of the one bucket may have to be read' : 'its own lists, one for each object',
  );
}

/** Of the role of the state machine for backfills. */
export function acknowledgeBackfill(role: Construct, mapPolicy: Construct, machine: IConstruct): void {
  acknowledge(
    role,
    'AwsSolutions-IAM5[Resource::*]',
    'deliveries of logs, and traces, have no resources: the CDK grants them so for every state machine',
  );
  const own = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>`;
  for (const [kind, rest] of [
    ['execution', ':*'],
    ['execution', '/*'],
    ['mapRun', '/*'],
  ]) {
    const id = `AwsSolutions-IAM5[Resource::${own}:${kind}:<${logicalId(machine.node.defaultChild)}.Name>${rest}]`;
    acknowledge(mapPolicy, id, 'runs of the one state machine have no names before they begin');
  }
}

/** Of the CDK's Provider framework, whose roles and state machine are not ours to shape. */
export function acknowledgeProvider(provider: Provider, handlers: readonly IFunction[]): void {
  const framework = ['framework-onEvent', 'framework-isComplete', 'framework-onTimeout'];
  const functions = [...handlers, ...framework.map(name => provider.node.findChild(name))];
  for (const handler of functions) {
    acknowledge(
      provider,
      `AwsSolutions-IAM5[Resource::<${logicalId(handler.node.defaultChild)}.Arn>:*]`,
      'grantInvoke covers the versions of the one function',
    );
  }
  acknowledge(
    provider,
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    "the CDK's Provider framework makes this role itself",
  );
  const waiter = 'it waits during a deploy and CloudFormation reports how that ends';
  for (const rule of ['AwsSolutions-SF1', 'AwsSolutions-SF2', 'Serverless-StepFunctionStateMachineXray'])
    acknowledge(provider, rule, waiter);
  for (const name of framework) {
    const part = provider.node.findChild(name);
    for (const rule of ['Serverless-LambdaTracing', 'Serverless-LambdaDLQ', 'Serverless-LambdaDefaultMemorySize'])
      acknowledge(
        part,
        rule,
        "the CDK's Provider framework makes this function itself, and CloudFormation waits for its answer",
      );
  }
}

/** Of a function of graphdrop's own. @param scheduled whether it is invoked by schedule, and so asynchronously */
export function acknowledgeFunction(target: Construct, scheduled: boolean, traced: boolean): void {
  acknowledge(
    target,
    'Serverless-LambdaDLQ',
    scheduled
      ? 'what it is asked for by schedule comes again by schedule, and an alarm tells when one is dropped'
      : 'it is invoked synchronously: the caller gets the error',
  );
  if (!traced) acknowledge(target, 'Serverless-LambdaTracing', 'traces cost by number: "tracing" turns them on');
}

/** Of a function's role, with traces. */
export function acknowledgeTracing(role: Construct): void {
  acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'X-Ray takes traces by account and has no resources');
}

/** Of a rule that invokes a function by schedule. */
export function acknowledgeSchedule(rule: Construct): void {
  acknowledge(rule, 'Serverless-EventBusDLQ', 'an invocation that could not be delivered comes again by schedule');
}

/** Of a scope's queues and what reads them. */
export function acknowledgeQueues(deadLetters: Construct, mapping: Construct): void {
  acknowledge(deadLetters, 'Serverless-SQSRedrivePolicy', 'it is the dead-letter queue of another one');
  acknowledge(
    mapping,
    'Serverless-LambdaEventSourceMappingDestination',
    'for queues their own redrive policy is the destination',
  );
}

function acknowledge(construct: Construct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

function logicalId(resource: IConstruct | undefined): string {
  if (!resource) throw new Error('a construct without a resource of its own has no logical id');
  return Stack.of(resource).getLogicalId(resource as Parameters<Stack['getLogicalId']>[0]);
}

/** What cdk-nag's AwsSolutions pack finds here, and why it is right as it is. */
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
  acknowledge(provider, 'AwsSolutions-SF1', waiter);
  acknowledge(provider, 'AwsSolutions-SF2', waiter);
}

function acknowledge(construct: Construct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

function logicalId(resource: IConstruct | undefined): string {
  if (!resource) throw new Error('a construct without a resource of its own has no logical id');
  return Stack.of(resource).getLogicalId(resource as Parameters<Stack['getLogicalId']>[0]);
}

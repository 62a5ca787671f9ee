import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type ISecurityGroup, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { GraphDrop, type GraphDropProps } from '../../infra/graph-drop.ts';
import { definition, nodeTable, relationTable } from '../deploy/definitions.ts';

const airport = nodeTable('Airport', { primaryKey: 'iata' });

/** What `loadFlow` would give for a module with one flow a context. */
export function flowOf(...contexts: string[]): GraphDropProps['flow'] {
  const tables = [airport, relationTable('ROUTE', airport, airport)];
  return { path: '/flow.ts', code: 'c0de', definitions: contexts.map(context => definition(context, tables)) };
}

/** A stack with one GraphDrop of the context `kg`. Code isn't bundled: no test of the template needs it. */
export function graphDrop(props: (stack: Stack) => Partial<GraphDropProps> = () => ({}), name = 'test'): GraphDrop {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [], '@aws-cdk/aws-iam:minimizePolicies': true } });
  const stack = new Stack(app, name);
  return new GraphDrop(stack, 'GraphDrop', { flow: flowOf('kg'), ...props(stack) });
}

/** The template of such a stack. */
export function synthesized(props?: (stack: Stack) => Partial<GraphDropProps>, name?: string): Template {
  return Template.fromStack(Stack.of(graphDrop(props, name)));
}

/** What `loadFlow` would give for a flow that leaves invalid records out. */
export function skippingFlow(): GraphDropProps['flow'] {
  const flow = flowOf('kg');
  const definitions = flow.definitions.map(it => ({
    ...it,
    sources: it.sources.map(source => ({ ...source, onInvalid: 'skip' as const })),
  }));
  return { ...flow, definitions };
}

/** A VPC with a subnet and a security group for the functions. */
export function vpcOf(stack: Stack): Partial<GraphDropProps> {
  const subnetConfiguration = [
    { name: 'Nat', subnetType: SubnetType.PUBLIC },
    { name: 'Usual', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    { name: 'Own', subnetType: SubnetType.PRIVATE_ISOLATED },
  ];
  const vpc = new Vpc(stack, 'Vpc', { subnetConfiguration }) as IVpc;
  const group = new SecurityGroup(stack, 'Group', { vpc }) as ISecurityGroup;
  return { vpc, vpcSubnets: { subnetGroupName: 'Own' }, securityGroups: [group] };
}

/** A bucket of the stack whose objects are encrypted with a key of it. */
export function keyedBucket(stack: Stack): IBucket {
  return new Bucket(stack, 'Given', {
    eventBridgeEnabled: true,
    encryptionKey: new Key(stack, 'BucketKey'),
  }) as IBucket;
}

interface Resource {
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

/** The resources of a type whose logical id contains `part`, by logical id. */
export function resources(template: Template, type: string, part = ''): Record<string, Resource> {
  const found = Object.entries(template.findResources(type)).filter(([id]) => id.includes(part));
  return Object.fromEntries(found) as Record<string, Resource>;
}

/** The one such resource. */
export function theOne(template: Template, type: string, part = ''): Resource & { readonly id: string } {
  const found = Object.entries(resources(template, type, part));
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} resources ${type} ${part}, expected one`);
  return { id: first[0], ...first[1] };
}

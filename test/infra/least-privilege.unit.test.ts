import { type App, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import type { GraphDropProps } from '../../infra/graph-drop.ts';
import { flowOf, graphDrop, resources, synthesized, theOne } from './synth.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** `action on resource`, of each statement of the policies whose logical id contains `part`. */
function permissions(template: ReturnType<typeof synthesized>, part: string): string[] {
  const policies = Object.values(resources(template, 'AWS::IAM::Policy', part));
  const statements = policies.flatMap(({ Properties }) => {
    return (Properties.PolicyDocument as { Statement: Statement[] }).Statement;
  });
  return statements.flatMap(({ Action, Resource, Condition }) => {
    const on = `${JSON.stringify(Resource)}${Condition ? ` if ${JSON.stringify(Condition)}` : ''}`;
    return [Action].flat().map(action => `${action} on ${on}`);
  });
}

describe('functions may do what they do and nothing else', () => {
  const template = synthesized();
  const sync = permissions(template, 'SyncRole');

  it('the sync function has exactly these permissions', () => {
    expect([...new Set(sync.map(it => it.split(' on ')[0]))].sort()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'events:PutEvents',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:ListBucketVersions',
      'secretsmanager:GetSecretValue',
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ]);
  });

  it('the verify function may what the sync function may, but no events, and of queues only send', () => {
    const others = /^(events:|sqs:(?!SendMessage))/;
    const expected = sync.map(it => it.split(' on ')[0] ?? '').filter(action => !others.test(action));
    const actual = permissions(template, 'VerifyRole').map(it => it.split(' on ')[0] ?? '');
    expect(new Set(actual.filter(action => !/^sqs:Get/.test(action)))).toEqual(new Set(expected));
  });

  it('each on resources of its own', () => {
    for (const part of ['SyncRole', 'VerifyRole', 'OnEventRole', 'IsCompleteRole', 'ScopeAccess']) {
      const granted = permissions(template, part);
      expect(granted).not.toEqual([]);
      expect(granted.filter(it => it.includes('"*"') || it.includes('* on '))).toEqual([]);
    }
    const secret = ':secret:graphdrop/kg-??????';
    expect(sync.filter(it => it.startsWith('secretsmanager:')).every(it => it.includes(secret))).toBe(true);
  });

  it('events on the bus are told as graphdrop only', () => {
    const [putEvents] = sync.filter(it => it.startsWith('events:'));
    expect(putEvents).toMatch(/event-bus\/default.* if \{"StringEquals":\{"events:source":"graphdrop"\}\}/);
  });

  it('the schema functions do not reach the bucket, and of queues only send to their scope’s', () => {
    const schema = ['OnEventRole', 'IsCompleteRole', 'ScopeAccess'].flatMap(part => permissions(template, part));
    expect(schema.filter(it => /^(s3|events):/.test(it))).toEqual([]);
    expect(schema.filter(it => it.startsWith('sqs:'))).toEqual([]);
    const { PolicyDocument } = theOne(template, 'AWS::SQS::QueuePolicy', 'ScopekgQueue').Properties;
    const { Statement } = PolicyDocument as { Statement: { Action: string; Effect: string; Principal: object }[] };
    const senders = Statement.filter(it => it.Effect === 'Allow' && JSON.stringify(it.Principal).includes('Role'));
    expect(senders.map(({ Action }) => Action)).toEqual(['sqs:SendMessage']);
    expect(JSON.stringify(senders)).toMatch(/SchemaIsCompleteRole.*SchemaOnEventRole/);
  });

  it('a secret with a key of its own can be decrypted, through Secrets Manager only', () => {
    const given = synthesized(stack => {
      const secret = new Secret(stack, 'Own', { encryptionKey: new Key(stack, 'Key') }) as ISecret;
      const named = Secret.fromSecretNameV2(stack, 'Named', 'named');
      const secretKey = Key.fromKeyArn(stack, 'Given', 'arn:aws:kms:eu-central-1:123456789012:key/given');
      return { flow: flowOf('kg', 'other'), contexts: { kg: { secret }, other: { secret: named, secretKey } } };
    });
    const via =
      /^kms:Decrypt on .* if \{"StringLike":\{"kms:ViaService":\{"Fn::Join":\["",\["secretsmanager\.",.*,"\.\*"\]/;
    for (const part of ['SyncRole', 'ScopekgSchemaScopeAccess', 'ScopeotherSchemaScopeAccess']) {
      const [decrypt, ...others] = permissions(given, part).filter(it => it.startsWith('kms:'));
      expect([decrypt, others]).toEqual([expect.stringMatching(via), []]);
      for (const [key, owner] of [
        ['key/given', 'other'],
        ['"Key961B73FD"', 'kg'],
      ] as const)
        expect(decrypt?.includes(key)).toBe(part === 'SyncRole' || part.includes(`Scope${owner}`));
    }
  });

  it('only a flow that leaves records out may write to the bucket, its own lists', () => {
    const writes = permissions(synthesized(skipping), 'SyncRole').filter(it => /^s3:(Put|Delete)/.test(it));
    expect(writes.map(it => it.split(' on ')[0])).toEqual(['s3:DeleteObject', 's3:PutObject']);
    for (const it of writes) expect(it).toContain('"/_graphdrop/kg@neo4j/rejected/*"');
  });

  it('a removed context can still be torn down: its permission goes after its schema', () => {
    const policy = theOne(template, 'AWS::IAM::Policy', 'ScopeAccess');
    expect(theOne(template, 'Custom::GraphdropSchema').DependsOn).toContain(policy.id);
  });

  it.each<[string, (stack: Stack) => Partial<GraphDropProps>]>([
    ['by default', () => ({})],
    ['leaving records out', skipping],
    ['in full', () => ({ removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true })],
    [
      'in a VPC, with a bucket of the stack that has a key',
      stack => ({ ...skipping(), ...inVpc(stack), bucket: bucketOf(stack) }),
    ],
  ])('cdk-nag finds nothing that is not acknowledged with a reason, %s', (_what, props) => {
    const app = graphDrop(props).node.root as App;
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    const findings = violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
    expect(findings.filter(finding => finding.includes('test/GraphDrop/'))).toEqual([]);
  });
});

function skipping(): Partial<GraphDropProps> {
  const flow = flowOf('kg');
  const definitions = flow.definitions.map(it => ({
    ...it,
    sources: it.sources.map(source => ({ ...source, onInvalid: 'skip' as const })),
  }));
  return { flow: { ...flow, definitions } };
}

function inVpc(stack: Stack): Partial<GraphDropProps> {
  const subnetConfiguration = [
    { name: 'Nat', subnetType: SubnetType.PUBLIC },
    { name: 'Usual', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    { name: 'Own', subnetType: SubnetType.PRIVATE_ISOLATED },
  ];
  const vpc = new Vpc(stack, 'Vpc', { subnetConfiguration }) as IVpc;
  const group = new SecurityGroup(stack, 'Group', { vpc }) as ISecurityGroup;
  return { vpc, vpcSubnets: { subnetGroupName: 'Own' }, securityGroups: [group] };
}

function bucketOf(stack: Stack): IBucket {
  return new Bucket(stack, 'Given', {
    eventBridgeEnabled: true,
    encryptionKey: new Key(stack, 'BucketKey'),
  }) as IBucket;
}

describe('in a VPC', () => {
  const template = synthesized(inVpc);
  const functions = Object.entries(resources(template, 'AWS::Lambda::Function', 'GraphDrop'));
  const inside = functions.filter(([, { Properties }]) => Properties.VpcConfig);

  it('run the functions that reach a database, in the subnets and with the security groups given, and no other', () => {
    const names = ['SchemaOnEvent', 'SchemaIsComplete', 'Sync', 'Verify', 'QueryFunction'];
    expect(inside.map(([id]) => id)).toEqual(names.map(name => expect.stringMatching(`^GraphDrop${name}[0-9A-F]{8}$`)));
    const { id } = theOne(template, 'AWS::EC2::SecurityGroup', 'Group');
    const subnets = Object.keys(resources(template, 'AWS::EC2::Subnet', 'VpcOwn')).map(Ref => ({ Ref }));
    expect(subnets.length).toBeGreaterThan(0);
    for (const [, { Properties }] of inside) {
      const SecurityGroupIds = [{ 'Fn::GetAtt': [id, 'GroupId'] }];
      expect(Properties.VpcConfig).toEqual({ SecurityGroupIds, SubnetIds: subnets });
    }
  });

  it('their roles may have network interfaces before the functions are made, and still write to no log but their own', () => {
    for (const [id, { DependsOn, Properties }] of inside) {
      const role = (Properties.Role as { 'Fn::GetAtt': string[] })['Fn::GetAtt'][0] ?? '';
      expect(theOne(template, 'AWS::IAM::Role', role).Properties.ManagedPolicyArns).toBeUndefined();
      const policy = theOne(template, 'AWS::IAM::Policy', id.replace(/[0-9A-F]{8}$/, 'RoleDefaultPolicy'));
      expect(DependsOn).toContain(policy.id);
      const { Statement } = policy.Properties.PolicyDocument as {
        Statement: { Action: string[]; Resource: unknown }[];
      };
      const anywhere = Statement.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
      expect(anywhere).toContain('ec2:CreateNetworkInterface');
      expect(anywhere.filter(action => !action.startsWith('ec2:'))).toEqual([]);
    }
  });
});

describe('no secret in the template', () => {
  it('but its name, for the schema functions to tell the others', () => {
    const template = synthesized();
    expect(theOne(template, 'Custom::GraphdropSchema').Properties.secretId).toBe('graphdrop/kg');
    expect(JSON.stringify(template.toJSON())).not.toContain('{{resolve:');
  });
});

/** Threat: a function that parses untrusted files may do more in the account than its work needs. */
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { flowOf, resources, skippingFlow, synthesized, theOne, vpcOf } from './synth.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** `action on resource`, of each statement of the policies whose logical id contains `part`. */
function permissions(template: ReturnType<typeof synthesized>, part: string): string[] {
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap(type =>
    Object.values(resources(template, type, part)),
  );
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
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ]);
  });

  it('the verify function may what the sync function may, but no events, and of queues only send', () => {
    const others = /^(events:|sqs:(?!SendMessage))/;
    const expected = sync.map(it => it.split(' on ')[0] ?? '').filter(action => !others.test(action));
    const actual = permissions(template, 'VerifyRole').map(it => it.split(' on ')[0] ?? '');
    expect(new Set(actual)).toEqual(new Set(expected));
  });

  it('the status function may look at objects, tracked state and queues, and nothing else', () => {
    const reads =
      /^(dynamodb:(Get|BatchGet|Query)|s3:(GetObject|ListBucket)|secretsmanager:Get|sqs:GetQueueAttributes|logs:)/;
    const expected = sync.map(it => it.split(' on ')[0] ?? '').filter(action => reads.test(action));
    expect(new Set(permissions(template, 'StatusRole').map(it => it.split(' on ')[0]))).toEqual(new Set(expected));
  });

  it('each on resources of its own', () => {
    for (const part of ['SyncRole', 'VerifyRole', 'StatusRole', 'OnEventRole', 'IsCompleteRole', 'SchemaSecrets']) {
      const granted = permissions(template, part);
      expect(granted).not.toEqual([]);
      expect(granted.filter(it => it.includes('"*"') || it.includes('* on '))).toEqual([]);
    }
    const secret = ':secret:graphdrop/kg-??????';
    expect(sync.filter(it => it.startsWith('secretsmanager:')).every(it => it.includes(secret))).toBe(true);
  });

  it('events on the bus are told as graphdrop only', () => {
    const [putEvents] = sync.filter(it => it.startsWith('events:'));
    // The key has a value for each entry of a call: without a set operator IAM takes it for no match.
    expect(putEvents).toMatch(
      /event-bus\/default.* if \{"ForAllValues:StringEquals":\{"events:source":"graphdrop"\},"Null":\{"events:source":"false"\}\}/,
    );
  });

  it('the schema functions do not reach the bucket, and of queues only send to their scope’s', () => {
    const schema = ['OnEventRole', 'IsCompleteRole', 'SchemaSecrets'].flatMap(part => permissions(template, part));
    expect(schema.filter(it => /^(s3|events):/.test(it))).toEqual([]);
    expect(schema.filter(it => it.startsWith('sqs:'))).toEqual([]);
    const { PolicyDocument } = theOne(template, 'AWS::SQS::QueuePolicy', 'ScopekgQueue').Properties;
    const { Statement } = PolicyDocument as { Statement: { Action: string; Effect: string; Principal: object }[] };
    const senders = Statement.filter(it => it.Effect === 'Allow' && JSON.stringify(it.Principal).includes('Role'));
    expect(senders.map(({ Action }) => Action)).toEqual(['sqs:SendMessage']);
    expect(JSON.stringify(senders)).toContain('SchemaIsCompleteRole');
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
    for (const part of ['SyncRole', 'QueryFunctionRole', 'SchemaSecrets']) {
      const decrypt = permissions(given, part).filter(it => it.startsWith('kms:'));
      expect(decrypt).toEqual([expect.stringMatching(via)]);
      for (const key of ['key/given', '"Key961B73FD"']) expect(decrypt[0]).toContain(key);
    }
  });

  it('only a flow that leaves records out may write to the bucket, its own lists', () => {
    const writes = permissions(
      synthesized(() => ({ flow: skippingFlow() })),
      'SyncRole',
    ).filter(it => /^s3:(Put|Delete)/.test(it));
    expect(writes.map(it => it.split(' on ')[0])).toEqual(['s3:DeleteObject', 's3:PutObject']);
    for (const it of writes) expect(it).toContain('"/_graphdrop/kg@neo4j/rejected/*"');
  });

  it('a context that is removed or gets another secret can still be torn down: old permissions go after its schema', () => {
    const policyOf = (of: typeof template) => theOne(of, 'AWS::IAM::ManagedPolicy', 'SchemaSecrets').id;
    const two = synthesized(() => ({ flow: flowOf('kg', 'other') }));
    const moved = synthesized(stack => ({
      contexts: { kg: { secret: Secret.fromSecretNameV2(stack, 'Moved', 'moved'), database: 'other' } },
    }));
    // A policy that was updated would lack the old secret; one of another name is deleted at the end, after what depends on it.
    expect(new Set([template, two, moved].map(policyOf)).size).toBe(3);
    expect(policyOf(synthesized(() => ({ memorySize: 512 })))).toBe(policyOf(template));
    for (const of of [template, two, moved]) {
      for (const { DependsOn } of Object.values(resources(of, 'Custom::GraphdropSchema'))) {
        expect(DependsOn).toContain(policyOf(of));
      }
    }
  });
});

describe('in a VPC', () => {
  const template = synthesized(vpcOf);
  const functions = Object.entries(resources(template, 'AWS::Lambda::Function', 'GraphDrop'));
  const inside = functions.filter(([, { Properties }]) => Properties.VpcConfig);

  it('run the functions that reach a database, in the subnets and with the security groups given, and no other', () => {
    const names = ['SchemaOnEvent', 'SchemaIsComplete', 'Sync', 'Verify', 'Status', 'QueryFunction'];
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

  it('their code may not use those interfaces: it parses files of strangers', () => {
    for (const [id] of inside) {
      const policy = theOne(template, 'AWS::IAM::Policy', id.replace(/[0-9A-F]{8}$/, 'NoInterfaces'));
      expect(policy.Properties.PolicyDocument).toMatchObject({
        Statement: [
          {
            Effect: 'Deny',
            Action: expect.arrayContaining(['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface']),
            Resource: '*',
            Condition: { ArnEquals: { 'lambda:SourceFunctionArn': { 'Fn::GetAtt': [id, 'Arn'] } } },
          },
        ],
      });
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

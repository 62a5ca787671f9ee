import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../functions/environment.ts';
import { definitionHash } from '../../lib/graph/definition.ts';
import { flowOf, synthesized, theOne } from './synth.ts';

describe('data is kept', () => {
  const template = synthesized();
  const parts = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table'];
  const graphPolicy = (of: typeof template) => theOne(of, 'Custom::GraphdropSchema').Properties.removalPolicy;

  it('files, state and graph outlive the stack by default, but not a first deploy that fails', () => {
    for (const type of parts) expect(theOne(template, type).DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(graphPolicy(template)).toBe('retain');
  });

  it('they go with it when told so, all together', () => {
    const given = synthesized(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    for (const type of parts) expect(theOne(given, type).DeletionPolicy).toBe('Delete');
    expect(graphPolicy(given)).toBe('destroy');
    given.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  it('old versions of files stay, for the last accepted one may be old', () => {
    const { Properties } = theOne(template, 'AWS::S3::Bucket');
    expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(JSON.stringify(Properties.LifecycleConfiguration)).not.toContain('Expiration');
  });

  it('the state can be restored to any second', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });

  it('files are private, encrypted and travel by TLS only', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(JSON.stringify(theOne(template, 'AWS::S3::BucketPolicy').Properties)).toContain(
      '"aws:SecureTransport":"false"',
    );
  });

  it('logs of all functions have groups that expire', () => {
    const groups = template.findResources('AWS::Logs::LogGroup');
    expect(Object.values(groups).map(({ Properties }) => Properties.RetentionInDays)).toEqual(Array(7).fill(30));
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    expect(functions.every(({ Properties }) => Properties.LoggingConfig?.LogGroup !== undefined)).toBe(true);
  });
});

describe('the definition', () => {
  it('reaches the schema with the hash that workers know it by', () => {
    const { definition } = theOne(synthesized(), 'Custom::GraphdropSchema').Properties;
    const [expected] = flowOf('kg').definitions.map(definitionHash);
    expect(definitionHash(JSON.parse(String(definition)))).toBe(expected);
  });
});

describe('limits', () => {
  const settings = (of: ReturnType<typeof synthesized>, part: string) => {
    const { Variables } = theOne(of, 'AWS::Lambda::Function', part).Properties.Environment as { Variables: object };
    return Object.entries(Variables).filter(([name]) => /ROWS|DAYS/.test(name));
  };

  it('reach the functions that commit as they read them; those not given are theirs to know', () => {
    const plain = synthesized();
    const given = synthesized(() => ({ maxRowsPerTransaction: 500, stateRetention: Duration.days(30) }));
    for (const part of ['GraphDropSync', 'GraphDropVerify']) {
      expect(settings(plain, part)).toEqual([]);
      const variables = { GRAPHDROP_BUCKET: 'b', GRAPHDROP_TABLE: 't', ...Object.fromEntries(settings(given, part)) };
      expect(readEnvironment(variables).limits).toEqual({ maxRowsPerTransaction: 500, stateRetentionDays: 30 });
    }
  });

  it.each(['0', '-1', '1.5', '1e3', '', 'ten'])('a function does not start with %j of them', value => {
    const variables = { GRAPHDROP_BUCKET: 'b', GRAPHDROP_TABLE: 't', GRAPHDROP_STATE_RETENTION_DAYS: value };
    expect(() => readEnvironment(variables)).toThrow(`GRAPHDROP_STATE_RETENTION_DAYS is ${JSON.stringify(value)}`);
  });
});

describe('functions', () => {
  it('run on arm64 and Node 24', () => {
    const template = synthesized();
    for (const part of ['Sync', 'SchemaOnEvent', 'SchemaIsComplete']) {
      const { Properties } = theOne(template, 'AWS::Lambda::Function', `GraphDrop${part}`);
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
  });
});

/** Promise: files, state and graph outlive the stack unless told otherwise, and functions get their settings. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { definitionHash } from '../../lib/definition/definition.ts';
import { RESULTS_PREFIX } from '../../lib/files/keys/quarantine-key.ts';
import { readEnvironment } from '../../lib/lambda/environment.ts';
import { flowOf, synthesized, theOne } from './synth.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/logs';

describe('data is kept', () => {
  const template = synthesized();
  const parts = ['AWS::S3::Bucket', 'AWS::DynamoDB::Table'];
  const graphPolicy = (of: typeof template) => theOne(of, 'Custom::GraphdropSchema').Properties.removalPolicy;

  it('files, state and graph outlive the stack by default, but not a first deploy that fails', () => {
    for (const type of parts) expect(theOne(template, type).DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(graphPolicy(template)).toBe('retain');
  });

  it('with removalPolicy destroy they all go with it', () => {
    const given = synthesized(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    for (const type of parts) expect(theOne(given, type).DeletionPolicy).toBe('Delete');
    expect(graphPolicy(given)).toBe('destroy');
    given.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  it('old versions of files stay, for the last accepted one may be old', () => {
    const { Properties } = theOne(template, 'AWS::S3::Bucket');
    expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    const { Rules } = Properties.LifecycleConfiguration as { readonly Rules: { readonly Prefix?: string }[] };
    // What graphdrop writes itself can be made again.
    const ofFiles = Rules.filter(({ Prefix }) => !Prefix?.startsWith(RESULTS_PREFIX));
    expect(JSON.stringify(ofFiles)).not.toContain('Expiration');
  });

  it('the state can be restored to any second', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });

  it('the state table takes what it is told to take at once, and no more than that', () => {
    const given = synthesized(() => ({
      warmThroughput: { readUnitsPerSecond: 20_000, writeUnitsPerSecond: 40_000 },
      maxWriteRequestUnits: 50_000,
    }));
    given.hasResourceProperties('AWS::DynamoDB::Table', {
      WarmThroughput: { ReadUnitsPerSecond: 20_000, WriteUnitsPerSecond: 40_000 },
      OnDemandThroughput: { MaxWriteRequestUnits: 50_000 },
    });
    const { WarmThroughput, OnDemandThroughput } = theOne(template, 'AWS::DynamoDB::Table').Properties;
    expect([WarmThroughput, OnDemandThroughput]).toEqual([undefined, undefined]);
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

  it('old quarantine lists and results of backfills expire, and no other object', () => {
    const { LifecycleConfiguration, OwnershipControls } = theOne(template, 'AWS::S3::Bucket').Properties;
    expect(LifecycleConfiguration).toEqual({
      Rules: [
        { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' },
        { NoncurrentVersionExpiration: { NoncurrentDays: 30 }, Prefix: '_graphdrop/', Status: 'Enabled' },
        { ExpirationInDays: 90, Prefix: '_graphdrop/backfill/', Status: 'Enabled' },
      ],
    });
    expect(OwnershipControls).toEqual({ Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
  });

  it('logs go with the stack, after a month, or as the stack says', () => {
    const groups = (of: typeof template) => Object.values(of.findResources('AWS::Logs::LogGroup'));
    const [plain, given] = [
      groups(template),
      groups(
        synthesized(stack => ({ logRetention: RetentionDays.ONE_WEEK, logKey: Key.fromKeyArn(stack, 'LogKey', KEY) })),
      ),
    ];
    const all = (value: unknown) => Array(9).fill(value);
    expect(plain.map(({ Properties }) => Properties.RetentionInDays)).toEqual(all(30));
    expect(plain.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(all('Delete'));
    expect(given.map(({ Properties }) => [Properties.RetentionInDays, Properties.KmsKeyId])).toEqual(all([7, KEY]));
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

  it('reach the functions that commit; those not given are left to their defaults', () => {
    const plain = synthesized();
    const given = synthesized(() => ({ maxRowsPerTransaction: 500, stateRetention: Duration.days(30) }));
    for (const part of ['GraphDropSync', 'GraphDropVerify', 'GraphDropSchemaIsComplete']) {
      expect(settings(plain, part)).toEqual([]);
      const variables = { GRAPHDROP_BUCKET: 'b', GRAPHDROP_TABLE: 't', ...Object.fromEntries(settings(given, part)) };
      expect(readEnvironment(variables).limits).toEqual({
        maxRowsPerTransaction: 500,
        stateRetentionDays: 30,
        maxRemovedShare: 0.5,
      });
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

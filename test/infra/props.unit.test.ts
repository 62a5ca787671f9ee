/** Promise: a property that can't be meant fails at synthesis, with the value received and the fix. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import type { GraphDropProps } from '../../infra/graph-drop.ts';
import { flowOf, graphDrop } from './synth.ts';

describe('props that cannot be meant fail at once, with the fix', () => {
  const cases: [string, Partial<GraphDropProps>, string][] = [
    ['a property that does not exist', { timout: 1 } as object, "GraphDrop has no property 'timout': it takes flow, "],
    [
      'one context twice',
      { flow: flowOf('kg', 'kg') },
      "two flows have the context 'kg': give each its own ContextKey",
    ],
    ['settings of no context', { contexts: { gk: {} } }, `"contexts" names 'gk', but the flow has 'kg'`],
    ['an unknown setting', { contexts: { kg: { db: 'x' } as object } }, "contexts.kg has no property 'db'"],
    ['a bad database', { contexts: { kg: { database: 'a b' } } }, `database of 'kg' is "a b": use letters`],
    ['a trailing newline', { contexts: { kg: { database: 'a\n' } } }, `database of 'kg' is "a\\n": use letters`],
    ['another policy', { removalPolicy: RemovalPolicy.SNAPSHOT as never }, `"removalPolicy" is 'snapshot': use`],
    ['emptying what is retained', { autoDeleteObjects: true }, '"autoDeleteObjects" needs removalPolicy'],
    ['too little memory', { memorySize: 128 }, '"memorySize" is 128: use a whole number from 256 to 10240'],
    ['too little disk', { temporaryStorage: 100 }, '"temporaryStorage" is 100: use a whole number from 512 to 10240'],
    [
      'too long a run',
      { timeout: Duration.minutes(16) },
      '"timeout (in seconds)" is 960: use a whole number from 30 to 900',
    ],
    ['no queries', { queryConcurrency: 0 }, '"queryConcurrency" is 0: use a whole number from 1 to 1000'],
    [
      'tiny batches',
      { maxRowsPerTransaction: 99 },
      '"maxRowsPerTransaction" is 99: use a whole number from 100 to 100000',
    ],
    [
      'half a day',
      { stateRetention: Duration.hours(36) },
      '"stateRetention (in days)" is 1.5: use a whole number from 1 to 365',
    ],
    ['no writes', { maxWriteRequestUnits: 0 }, '"maxWriteRequestUnits" is 0: use a whole number from 1 to 1000000'],
    ['subnets of nothing', { vpcSubnets: {} }, '"vpcSubnets" needs the "vpc" that it is of'],
    ['groups of nothing', { securityGroups: [] }, '"securityGroups" needs the "vpc" that it is of'],
    ['one worker', { maxConcurrency: 1 }, '"maxConcurrency" is 1: use a whole number from 2 to 1000'],
  ];

  it.each(cases)('%s', (_what, props, message) => {
    expect(() => graphDrop(() => props)).toThrow(message);
  });

  it('two contexts that manage one label of one database', () => {
    const props = (database: string) => (stack: Parameters<NonNullable<Parameters<typeof graphDrop>[0]>>[0]) => {
      const secret = (id: string) => Secret.fromSecretNameV2(stack, id, 'shared');
      return { flow: flowOf('a', 'b'), contexts: { a: { secret: secret('A') }, b: { secret: secret('B'), database } } };
    };
    expect(() => graphDrop(props('neo4j'))).toThrow("'a' and 'b' both manage (:Airport) in one database");
    expect(() => graphDrop(props('other'))).not.toThrow();
  });

  it('throughput of a table of the user', () => {
    const props = (stack: Parameters<NonNullable<Parameters<typeof graphDrop>[0]>>[0]) => ({
      bucket: Bucket.fromBucketName(stack, 'Given', 'given'),
      table: Table.fromTableName(stack, 'GivenTable', 'given'),
      maxWriteRequestUnits: 5,
    });
    expect(() => graphDrop(props)).toThrow('"maxWriteRequestUnits" is for the state table GraphDrop makes');
  });

  it('emptying a bucket of the user', () => {
    const props = (stack: Parameters<NonNullable<Parameters<typeof graphDrop>[0]>>[0]) => ({
      bucket: Bucket.fromBucketName(stack, 'Given', 'given'),
      removalPolicy: RemovalPolicy.DESTROY as const,
      autoDeleteObjects: true,
    });
    expect(() => graphDrop(props)).toThrow('"autoDeleteObjects" is for the bucket GraphDrop makes');
  });
});

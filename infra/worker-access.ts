/** What the functions that follow files may do with bucket, events and state. */
import { Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { rejectedPrefix } from '../lib/files/keys/quarantine-key.ts';
import { acknowledgeObjectAccess } from './acknowledge.ts';
import type { GraphDropFunction } from './functions.ts';
import { COMMIT_ACTIONS, grantContexts, grantScopes } from './state-table.ts';

/** Lets a function read objects and commit. */
export function grantCommits(target: GraphDropFunction, bucket: IBucket, table: ITable): void {
  const actions = ['s3:GetObject', 's3:GetObjectVersion'];
  target.addToRolePolicy(new PolicyStatement({ actions, resources: [bucket.arnForObjects('*')] }));
  target.addToRolePolicy(
    // Without ListBucket a missing object would be "access denied", not "deleted".
    new PolicyStatement({ actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: [bucket.bucketArn] }),
  );
  bucket.encryptionKey?.grantDecrypt(target);
  grantContexts(table, target);
  grantScopes(table, target, COMMIT_ACTIONS);
  acknowledgeObjectAccess(target.role as Role, bucket);
}

/** Lets the sync function tell of rejections. */
export function grantEvents(sync: GraphDropFunction): void {
  sync.addToRolePolicy(
    new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [Stack.of(sync).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
      // A call has several entries, so the key has several values; with none at all ForAllValues is true as well.
      conditions: {
        'ForAllValues:StringEquals': { 'events:source': 'graphdrop' },
        Null: { 'events:source': 'false' },
      },
    }),
  );
}

/** Lets the sync function list in the bucket the records that a scope's sources leave out. */
export function grantQuarantine(sync: GraphDropFunction, bucket: IBucket, scope: string): void {
  const objects = `${rejectedPrefix(scope)}*`;
  const actions = ['s3:PutObject', 's3:DeleteObject'];
  sync.addToRolePolicy(new PolicyStatement({ actions, resources: [bucket.arnForObjects(objects)] }));
  bucket.encryptionKey?.grant(sync, 'kms:GenerateDataKey');
  acknowledgeObjectAccess(sync.role as Role, bucket, objects);
}

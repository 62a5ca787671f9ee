import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { RESULTS_PREFIX } from '../lib/files/keys/quarantine-key.ts';
import { acknowledgeBucket } from './acknowledge.ts';
import { BACKFILL_PREFIX } from './backfill-definition.ts';

/** The bucket that files are dropped in, where the user brings none. */
export function sourceBucket(
  scope: Construct,
  id: string,
  removalPolicy: RemovalPolicy,
  autoDeleteObjects: boolean,
): IBucket {
  const bucket = new Bucket(scope, id, {
    // Old versions stay: the last accepted version of an object may not be its newest.
    versioned: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    // A file may come from another account: the bucket's policies decide about it, and the functions can read it.
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [
      { abortIncompleteMultipartUploadAfter: Duration.days(7) },
      // Lists of records that were left out, which hold values of theirs, and results of backfills.
      { prefix: RESULTS_PREFIX, noncurrentVersionExpiration: Duration.days(30) },
      { prefix: `${BACKFILL_PREFIX}/`, expiration: Duration.days(90) },
    ],
    removalPolicy,
    autoDeleteObjects,
  });
  // Said in the resource itself: `eventBridgeEnabled` would bring a function along that may change any bucket's settings.
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  bucket.node.addValidation({
    validate: () =>
      bucket.node.tryFindChild('Notifications')
        ? [
            'notifications added to the bucket of GraphDrop would replace its EventBridge setting and lose events: ' +
              'pass a bucket of your own with eventBridgeEnabled: true as "bucket"',
          ]
        : [],
  });
  acknowledgeBucket(bucket);
  // a matter of types only: optional members of the interface are `T | undefined` in the class
  return bucket as IBucket;
}

/** The AWS clients of all functions: one place for how they connect and how long they wait. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SILENT_LOG } from './silent-log.ts';

export const dynamoClient = once(() => new DynamoDBClient(waiting(10_000)));
export const eventsClient = once(() => new EventBridgeClient(waiting(5_000)));
export const s3Client = once(
  () =>
    new S3Client({
      ...waiting(30_000),
      // An emulator has no host names for buckets.
      ...(process.env.AWS_ENDPOINT_URL && { forcePathStyle: true }),
    }),
);
export const secretsClient = once(() => new SecretsManagerClient(waiting(5_000)));
export const sqsClient = once(() => new SQSClient(waiting(10_000)));

/**
 * Limits each try of a call: the SDK makes up to three. Without limits a VPC that lacks an endpoint holds a call until the function's
 * time is up.
 *
 * @param ms until the answer begins, and between two parts of it
 */
function waiting(ms: number) {
  const limits = { connectionTimeout: 3_000, requestTimeout: ms, socketTimeout: ms, throwOnRequestTimeout: true };
  return { requestHandler: limits, logger: SILENT_LOG };
}

/** Makes a client at first use: a function has only those it needs. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

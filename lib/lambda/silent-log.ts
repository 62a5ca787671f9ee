import type { S3ClientConfig } from '@aws-sdk/client-s3';

type Logger = NonNullable<S3ClientConfig['logger']>;

const nothing = () => {};

/**
 * A log of the AWS SDK's clients that hears nothing, in place of their own, which is silent, too, but is given a copy of each call's
 * input and output without secrets: for a batch of tree nodes that costs as much as writing its JSON. The SDK looks whether there are
 * `info` and `error` before it makes the copies.
 */
export const SILENT_LOG = {
  trace: nothing,
  debug: nothing,
  warn: nothing,
} satisfies Partial<Logger> as unknown as Logger;

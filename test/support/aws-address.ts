/** What a client needs to know of a local stand-in for AWS services. */
import { SILENT_LOG } from '../../lib/lambda/silent-log.ts';

export interface AwsAddress {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The address of a local service. Its credentials are words that the services accept and nobody else would. */
export function localAws(port: number): AwsAddress {
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    accessKeyId: 'test',
    secretAccessKey: 'test',
  };
}

/** The configuration of an AWS SDK client that talks to `address`. An S3 client needs `forcePathStyle: true` as well. */
export function clientConfig({ endpoint, region, accessKeyId, secretAccessKey }: AwsAddress) {
  return { endpoint, region, credentials: { accessKeyId, secretAccessKey }, logger: SILENT_LOG };
}

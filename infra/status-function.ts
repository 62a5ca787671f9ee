import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledgeObjectAccess } from './acknowledge.ts';
import type { Connection } from './connection.ts';
import { GraphDropFunction, type GraphDropFunctionProps } from './functions.ts';
import type { ScopeQueue } from './scope-queue.ts';
import { readStatements } from './secret-access.ts';
import { grantContexts, grantScopes, READ_ACTIONS } from './state-table.ts';

/** What of the stack the status function looks at. */
export interface StatusFunctionProps
  extends Pick<GraphDropFunctionProps, 'environment' | 'memorySize' | 'network' | 'observed' | 'flowPath'> {
  readonly bucket: IBucket;
  readonly table: ITable;
  readonly scopes: readonly { readonly connection: Connection; readonly queue: ScopeQueue }[];
}

/** Makes the function that answers people's questions: it may look at objects and tracked state, and change nothing. */
export function statusFunction(scope: Construct, id: string, props: StatusFunctionProps): GraphDropFunction {
  const { bucket, table, scopes, ...worker } = props;
  const status = new GraphDropFunction(scope, id, {
    ...worker,
    entry: 'status',
    description: 'graphdrop: tells how far a load is',
    // Long enough to wait for a load, when it is asked to.
    timeout: Duration.minutes(15),
  });
  status.addToRolePolicy(
    new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: [bucket.arnForObjects('*')] }),
  );
  status.addToRolePolicy(
    new PolicyStatement({ actions: ['s3:ListBucket', 's3:ListBucketVersions'], resources: [bucket.bucketArn] }),
  );
  bucket.encryptionKey?.grantDecrypt(status);
  grantContexts(table, status);
  grantScopes(table, status, READ_ACTIONS);
  for (const statement of readStatements(scopes.map(({ connection }) => connection))) status.addToRolePolicy(statement);
  for (const { queue } of scopes)
    for (const one of [queue.queue, queue.deadLetterQueue]) one.grant(status, 'sqs:GetQueueAttributes');
  acknowledgeObjectAccess(status.role as Role, bucket);
  return status;
}

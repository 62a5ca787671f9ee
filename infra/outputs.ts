import { CfnOutput } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { FunctionUrl, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

/** The parts of a GraphDrop that outputs name. */
export interface NamedParts {
  readonly bucket: IBucket;
  readonly table: ITable;
  readonly sync: IFunction;
  readonly verify: IFunction;
  readonly status: IFunction;
  readonly ddl: IFunction;
  readonly query: IFunction;
  readonly queryUrl: FunctionUrl | undefined;
  readonly backfill: IStateMachine;
}

/** Adds what people and programs outside of the stack need to know of it. */
export function addOutputs(scope: Construct, parts: NamedParts): void {
  const outputs: Record<string, [value: string | undefined, description: string]> = {
    BucketName: [parts.bucket.bucketName, 'drop files here'],
    TableName: [parts.table.tableName, 'tracked state'],
    SyncFunctionName: [parts.sync.functionName, 'invoke it with {"resync":true} to look at every object again'],
    VerifyFunctionName: [
      parts.verify.functionName,
      'invoke it with {} to compare graph, state and bucket; with {"repair":true} to put right what differs',
    ],
    StatusFunctionName: [
      parts.status.functionName,
      'invoke it with {} to see how far all is, or with {"prefix":"..."}',
    ],
    DdlFunctionName: [parts.ddl.functionName, 'makes and drops constraints and indexes'],
    QueryFunctionName: [
      parts.query.functionName,
      'invoke it with {"context":"...","statements":[{"statement":"..."}]}',
    ],
    BackfillArn: [
      parts.backfill.stateMachineArn,
      'start it with {} or {"prefix":"..."} to have very many objects looked at',
    ],
    QueryUrl: [parts.queryUrl?.url, "Neo4j's HTTP API: POST db/{database}/tx/commit"],
  };
  for (const [name, [value, description]] of Object.entries(outputs))
    if (value !== undefined) new CfnOutput(scope, name, { value, description });
}

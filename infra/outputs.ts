import { CfnOutput } from 'aws-cdk-lib';
import type { GraphDrop } from './graph-drop.ts';

/** What people and programs outside of the stack need to know of it. */
export function addOutputs(graph: GraphDrop, ddlFunctionName: string): void {
  const outputs: Record<string, [value: string | undefined, description: string]> = {
    BucketName: [graph.bucket.bucketName, 'drop files here'],
    TableName: [graph.table.tableName, 'tracked state'],
    SyncFunctionName: [graph.syncFunction.functionName, 'invoke it with {"resync":true} to look at every object again'],
    VerifyFunctionName: [
      graph.verifyFunction.functionName,
      'invoke it with {} to compare graph, state and bucket; with {"repair":true} to put right what differs',
    ],
    DdlFunctionName: [ddlFunctionName, 'makes and drops constraints and indexes'],
    QueryFunctionName: [
      graph.queryFunction.functionName,
      'invoke it with {"context":"...","statements":[{"statement":"..."}]}',
    ],
    QueryUrl: [graph.queryUrl?.url, "Neo4j's HTTP API: POST db/{database}/tx/commit"],
  };
  for (const [name, [value, description]] of Object.entries(outputs))
    if (value !== undefined) new CfnOutput(graph, name, { value, description });
}

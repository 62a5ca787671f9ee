/**
 * A user's own CDK app: bucket and state table of its own, and a GraphDrop whose name may change. Settings: `graph`, `stack`,
 * `id` (of the GraphDrop), and `fail`: `true` adds a resource that fails when everything else is there.
 */
import { App, CfnOutput, CfnWaitCondition, CfnWaitConditionHandle, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { GraphDrop, loadFlow } from '../../infra/graph-drop.ts';

const app = new App();
const setting = (name: string): string => String(app.node.tryGetContext(name) ?? '');

const stack = new Stack(app, setting('stack'));
const kept = setting('removalPolicy') === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
const bucket = new Bucket(stack, 'Bucket', {
  versioned: true,
  eventBridgeEnabled: true,
  removalPolicy: kept,
}) as IBucket;
const table = new Table(stack, 'Table', {
  partitionKey: { name: 'pk', type: AttributeType.STRING },
  sortKey: { name: 'sk', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  removalPolicy: kept,
}) as ITable;
const graph = new GraphDrop(stack, setting('id'), {
  flow: await loadFlow(setting('graph')),
  bucket,
  table,
  removalPolicy: setting('removalPolicy') === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
});
for (const output of graph.node.findAll()) if (output instanceof CfnOutput) output.overrideLogicalId(output.node.id);
if (setting('fail') === 'true') {
  const handle = new CfnWaitConditionHandle(stack, 'Handle');
  const never = new CfnWaitCondition(stack, 'Never', { handle: handle.ref, count: 1, timeout: '1' });
  never.node.addDependency(graph);
}

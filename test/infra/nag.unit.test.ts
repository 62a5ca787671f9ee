/** Promise: cdk-nag's packs AwsSolutions and Serverless find nothing that is not acknowledged, one resource at a time, with a reason. */
import { type App, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { expect, it } from 'vitest';
import type { GraphDropProps } from '../../infra/graph-drop.ts';
import { graphDrop, keyedBucket, skippingFlow, vpcOf } from './synth.ts';

it.each<[string, (stack: Stack) => Partial<GraphDropProps>]>([
  ['by default', () => ({})],
  ['leaving records out', () => ({ flow: skippingFlow() })],
  ['in full', () => ({ removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true, queryUrl: true })],
  [
    'in a VPC, with a bucket that has a key',
    stack => ({ flow: skippingFlow(), ...vpcOf(stack), bucket: keyedBucket(stack) }),
  ],
])('%s', (_what, props) => {
  const app = graphDrop(props).node.root as App;
  const findings = [AwsSolutionsChecks, ServerlessChecks].flatMap(Pack => {
    const { violations } = new Pack(app).validateScope(app);
    return violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
  });
  expect(findings.filter(finding => finding.includes('test/GraphDrop/'))).toEqual([]);
});

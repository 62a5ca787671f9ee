/** Checks the templates of several stacks by cfn-lint, for several regions: `npm run cfn-lint`. A part of the gate. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { GraphDropProps } from '../../infra/graph-drop.ts';
import { pythonWith } from '../../lib/cli/server/python-venv.ts';
import { runTool } from '../../lib/cli/server/run-tool.ts';
import { flowOf, keyedBucket, skippingFlow, synthesized, vpcOf } from './synth.ts';

const VERSION = '1.58.0';
const REGIONS = ['us-east-1', 'eu-central-1', 'ap-southeast-2'];

/** Rules that are broken on purpose. */
const IGNORED = [
  // "obsolete DependsOn": the CDK writes out what references imply, and custom resources wait for policies on purpose.
  'W3005',
];

const STACKS: Readonly<Record<string, (stack: Stack) => Partial<GraphDropProps>>> = {
  plain: () => ({}),
  full: () => ({
    flow: flowOf('a', 'b', 'c'),
    removalPolicy: RemovalPolicy.DESTROY,
    autoDeleteObjects: true,
    queryUrl: true,
    dashboard: true,
    tracing: true,
    logRetention: RetentionDays.ONE_WEEK,
    warmThroughput: { readUnitsPerSecond: 20_000, writeUnitsPerSecond: 20_000 },
    maxWriteRequestUnits: 40_000,
  }),
  network: stack => ({ flow: skippingFlow(), ...vpcOf(stack), bucket: keyedBucket(stack) }),
};

const python = await pythonWith(`cfn-lint-${VERSION}`, [`cfn-lint==${VERSION}`]);
const dir = await mkdtemp(join(tmpdir(), 'graphdrop-templates-'));
try {
  for (const [name, props] of Object.entries(STACKS)) {
    const file = join(dir, `${name}.template.json`);
    await writeFile(file, JSON.stringify(synthesized(props).toJSON(), null, 1));
    // As its own script does, which names the folder that it was installed in, not the one it is in.
    const args = [
      '-c',
      'from cfnlint.runner import main; main()',
      '--ignore-checks',
      ...IGNORED,
      '--regions',
      ...REGIONS,
      '--',
      file,
    ];
    await runTool(python, args, 'cfn-lint was not found: delete its folder in .cache');
    console.log(`cfn-lint finds nothing in the stack "${name}"`);
  }
} finally {
  await rm(dir, { recursive: true, force: true });
}

/** Promise: the app's own settings mean what infra/app.ts says of them. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { resources, theOne } from './synth.ts';

/** The template that `node infra/app.ts` makes with a context, as the CDK's command line would run it, but for bundled code. */
async function synthesized(settings: Readonly<Record<string, string>>): Promise<Template> {
  const CDK_OUTDIR = await mkdtemp(join(tmpdir(), 'graphdrop-app-'));
  try {
    const CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...settings });
    await promisify(execFile)('node', ['infra/app.ts'], { env: { ...process.env, CDK_OUTDIR, CDK_CONTEXT_JSON } });
    return Template.fromJSON(JSON.parse(await readFile(join(CDK_OUTDIR, 'graphdrop.template.json'), 'utf8')));
  } finally {
    await rm(CDK_OUTDIR, { recursive: true, force: true });
  }
}

describe('the app', async () => {
  const key = (name: string) => `arn:aws:kms:eu-central-1:123456789012:key/${name}`;
  const [destroy, given] = await Promise.all([
    synthesized({
      removalPolicy: 'destroy',
      queryUrl: 'true',
      queryConcurrency: 'false',
      contexts: JSON.stringify({ kg: { secret: 'own', secretKey: key('secret') } }),
    }),
    synthesized({ bucket: 'files', bucketKey: key('bucket') }),
  ]);

  it('deletes no files unless told to', () => {
    destroy.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  it('has the outputs that the documentation names', () => {
    const names = [
      'Bucket',
      'Table',
      'SyncFunction',
      'VerifyFunction',
      'StatusFunction',
      'DdlFunction',
      'QueryFunction',
    ].map(it => `${it}Name`);
    const plain = [...names, 'BackfillArn'];
    expect(Object.keys(given.findOutputs('*')).sort()).toEqual(plain.sort());
    expect(Object.keys(destroy.findOutputs('*')).sort()).toEqual([...plain, 'QueryUrl'].sort());
  });

  it('limits queries as queryConcurrency says', () => {
    const { Properties } = theOne(destroy, 'AWS::Lambda::Function', 'QueryFunction');
    expect(Properties.ReservedConcurrentExecutions).toBeUndefined();
  });

  it('lets functions decrypt with the keys it is given', () => {
    const granted = (of: Template, part: string) =>
      JSON.stringify([resources(of, 'AWS::IAM::Policy', part), resources(of, 'AWS::IAM::ManagedPolicy', part)]);
    expect(granted(given, 'SyncRole')).toContain(key('bucket'));
    for (const part of ['SyncRole', 'QueryFunctionRole', 'SchemaSecrets'])
      expect(granted(destroy, part)).toContain(key('secret'));
  });
});

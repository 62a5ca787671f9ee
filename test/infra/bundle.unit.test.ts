/** Threat: code that didn't change counts as changed on another machine, so that each deploy replaces all functions; logs name errors `NP`. */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { expect, it } from 'vitest';
import { bundle } from '../../infra/bundle.ts';
import { theOne } from './synth.ts';

it('a bundle has the same hash wherever it is built, and its errors their names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'graphdrop-bundle-'));
  const codeIn = (...outdir: string[]) => {
    const stack = new Stack(new App({ outdir: join(folder, ...outdir) }), 'test');
    const code = bundle('garbage-collection', undefined);
    new LambdaFunction(stack, 'Function', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
    return theOne(Template.fromStack(stack), 'AWS::Lambda::Function').Properties.Code;
  };
  try {
    expect(codeIn('here')).toEqual(codeIn('some', 'where', 'else'));
    const [built = ''] = globSync(join(folder, 'here', '**', 'index.mjs'));
    // Whatever a minifier calls the classes of errors, their names are kept.
    for (const name of ['EnvironmentError', 'StoreUnavailableError'])
      expect(readFileSync(built, 'utf8').includes(`,"${name}")`), name).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

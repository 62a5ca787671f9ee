/** Promise: a backfill of any size is one state machine that Step Functions takes, and that outlasts a scope that is busy. */

import { createRequire } from 'node:module';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { BACKFILL_PREFIX } from '../../infra/backfill-definition.ts';
import { isIgnoredKey } from '../../lib/files/keys/ignored-key.ts';
import { emptyReport } from '../../lib/sync/sync-report.ts';
import { filesOf, textOf } from '../house/tree.ts';
import { evaluate, type Machine, type State } from './state-machine.ts';
import { graphDrop, resources, theOne } from './synth.ts';

/** A CommonJS module without types. */
const validate = createRequire(import.meta.url)('asl-validator') as (definition: object) => {
  readonly isValid: boolean;
  errorsText(separator: string): string;
};

const graph = graphDrop(() => ({ maxConcurrency: 7 }));
const template = Template.fromStack(Stack.of(graph));

/** The definition as Step Functions gets it, references replaced by their names. */
function definition(): Machine {
  const { DefinitionString } = theOne(template, 'AWS::StepFunctions::StateMachine', 'Backfill').Properties;
  const [, parts] = (DefinitionString as { 'Fn::Join': [string, (string | Record<string, unknown>)[]] })['Fn::Join'];
  const names = parts.map(it => (typeof it === 'string' ? it : String([Object.values(it)[0]].flat()[0])));
  return JSON.parse(names.map(it => (it === 'AWS::Partition' ? 'aws' : it)).join('')) as Machine;
}

const machine = definition();
const maps = Object.values(machine.States).filter(({ Type }) => Type === 'Map');
const batch = maps[0]?.ItemProcessor as Machine;
const inBatch = (state: string) => batch.States[`${state} (listing)`] as State;

describe('the state machine', () => {
  it('is valid', () => {
    const { isValid, errorsText } = validate(machine);
    expect([isValid, errorsText('\n')]).toEqual([true, '']);
  });

  it('works on listings and inventories alike: as many batches at once as workers, and none ends the others', () => {
    expect(maps.map(({ ItemReader }) => (ItemReader as State).Resource)).toEqual([
      expect.stringMatching(/:states:::s3:listObjectsV2$/),
      expect.stringMatching(/:states:::s3:getObject$/),
    ]);
    for (const map of maps) {
      expect(map).toMatchObject({
        MaxConcurrency: 7,
        ToleratedFailurePercentage: 100,
        ItemBatcher: { MaxItemsPerBatch: 100, MaxInputBytesPerBatch: 131_072 },
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      });
    }
    const renamed = JSON.stringify(maps[1]?.ItemProcessor).replaceAll('(inventory)', '(listing)');
    expect(JSON.parse(renamed)).toEqual(maps[0]?.ItemProcessor);
  });

  it('tries a busy scope for at least 20 minutes, at random intervals', () => {
    const [retry] = inBatch('Sync').Retry as Record<string, number | string | string[]>[];
    expect(retry?.JitterStrategy).toBe('FULL');
    expect(retry?.ErrorEquals).toEqual(
      expect.arrayContaining(['ScopeBusyError', 'Sandbox.Timedout', 'Lambda.Unknown']),
    );
    const { IntervalSeconds, BackoffRate, MaxDelaySeconds, MaxAttempts } = retry as Record<string, number>;
    let waited = 0;
    for (let i = 0; i < Number(MaxAttempts); i += 1)
      waited += Math.min(Number(MaxDelaySeconds), Number(IntervalSeconds) * Number(BackoffRate) ** i) / 2;
    expect(waited).toBeGreaterThan(20 * 60);
  });

  it('tries again for each error that may pass by itself, and so does the example', () => {
    const passing = filesOf('lib')
      .filter(path => path.endsWith('.ts'))
      .flatMap(path => textOf(path).split(/^(?=export class |class )/m))
      .filter(text => /^\s*override readonly retryable = true/m.test(text))
      .map(text => /^(?:export )?class (\w+)/.exec(text)?.[1]);
    expect(passing.length).toBeGreaterThan(10);
    const example = (JSON.parse(textOf('examples/flights/sync-then-query.asl.json')) as Machine).States.Sync as State;
    for (const { Retry } of [inBatch('Sync'), example]) {
      const [{ ErrorEquals = [] } = {}] = Retry as { readonly ErrorEquals?: readonly string[] }[];
      expect(ErrorEquals).toEqual(expect.arrayContaining(passing));
      const ours = ErrorEquals.filter(name => /^\w+Error$/.test(name) && name !== 'Neo4jError');
      expect([...ours].sort()).toEqual([...passing].sort());
    }
  });

  it('writes its results where no source looks, and may write nowhere else', () => {
    for (const { ResultWriter } of maps) expect(ResultWriter).toMatchObject({ Arguments: { Prefix: BACKFILL_PREFIX } });
    expect(isIgnoredKey(`${BACKFILL_PREFIX}/1/manifest.json`)).toBe(true);
    const statements = Object.values(resources(template, 'AWS::IAM::Policy', 'Backfill')).flatMap(
      ({ Properties }) =>
        (Properties.PolicyDocument as { readonly Statement: { Action: unknown; Resource: unknown }[] }).Statement,
    );
    const writing = statements.filter(({ Action }) => JSON.stringify(Action).includes('"s3:PutObject"'));
    expect(writing.map(({ Resource }) => Resource)).toEqual([
      {
        'Fn::Join': ['', [{ 'Fn::GetAtt': [theOne(template, 'AWS::S3::Bucket').id, 'Arn'] }, `/${BACKFILL_PREFIX}/*`]],
      },
    ]);
  });
});

describe('a batch', () => {
  const report = (unsettled: string[], applied: number, rejected: number) => ({
    ...emptyReport('kg@neo4j'),
    applied,
    unsettled,
    rejected: Array.from({ length: rejected }, (_, i) => ({ key: `${i}` })),
  });

  it('goes round with what is unsettled, and answers totals', async () => {
    const variables: Record<string, unknown> = {};
    const assign = async (state: string, states: object) => {
      Object.assign(variables, await evaluated(inBatch(state).Assign, { ...variables, states }));
    };
    await assign('Begin', { input: { Items: [{ key: 'a' }, { key: 'b' }, { key: 'c' }] } });
    expect(variables).toMatchObject({ keys: ['a', 'b', 'c'], rounds: 0 });
    const answers = [
      [report(['b', 'c'], 1, 0), report(['b'], 1, 0)],
      [report(['c'], 1, 0), report([], 0, 1)],
      [report([], 1, 0), report([], 0, 0)],
    ];
    for (const reports of answers) await assign('Sync', { result: { Payload: { reports } } });
    expect(variables).toEqual({ keys: [], rounds: 3, applied: 4, rejected: 1 });
    const settled = await condition(inBatch('Settled?'), 0, variables);
    expect(settled).toBe(true);
  });

  it('of one object, or none that is unsettled, is a list all the same', async () => {
    const one = await evaluated(inBatch('Begin').Assign, { states: { input: { Items: [{ key: 'a' }] } } });
    expect(one).toMatchObject({ keys: ['a'] });
    const states = { result: { Payload: { reports: [report(['a'], 0, 0)] } } };
    expect(await evaluated(inBatch('Sync').Assign, { ...one, states })).toMatchObject({ keys: ['a'] });
  });

  it('ends after as many rounds as no object should need', async () => {
    const choice = inBatch('Settled?');
    expect(await condition(choice, 1, { keys: ['a'], rounds: 50 })).toBe(true);
    expect(await condition(choice, 1, { keys: ['a'], rounds: 49 })).toBe(false);
  });
});

async function evaluated(
  template: unknown,
  variables: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const entries = Object.entries(template as Record<string, unknown>).map(async ([name, value]) => {
    return [name, typeof value === 'string' ? await evaluate(value, variables) : value];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function condition(
  { Choices }: State,
  index: number,
  variables: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  return await evaluate(String((Choices as { Condition: string }[])[index]?.Condition), variables);
}

/** Threat: a constraint is dropped between the server's planning of a statement and its run. */
import { Neo4jError } from 'neo4j-driver';
import { expect, it } from 'vitest';
import { withFreshPlan } from '../../lib/neo4j/transport/with-fresh-plan.ts';

const gone = () =>
  new Neo4jError(
    'No index was found',
    'Neo.ClientError.Schema.IndexNotFound',
    '50N42',
    'error: general processing exception',
  );

it('the statement is planned and run again', async () => {
  const answers = [gone, gone, () => 'done'];
  const run = async () => {
    const answer = answers.shift()?.();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  expect(await withFreshPlan(run)).toBe('done');
});

it('an error that is another, or that stays, is thrown', async () => {
  let runs = 0;
  const failing = (error: Error) => async () => {
    runs += 1;
    throw error;
  };
  await expect(withFreshPlan(failing(new Error('other')))).rejects.toThrow('other');
  expect(runs).toBe(1);
  await expect(withFreshPlan(failing(gone()))).rejects.toThrow('No index was found');
  expect(runs).toBe(6);
});

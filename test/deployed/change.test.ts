/** Promise: a `cdk deploy` of another flow does to tables what docs/definition-changes.md says. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment } from './deployment.ts';

const deployment = new Deployment('change', 'test/deployed/change-flow.ts');

beforeAll(async () => {
  await deployment.query("CREATE (:Foreign_change {name: 'not ours'})");
  await deployment.query('CREATE INDEX change_own FOR (n:Note_change) ON (n.text)');
  await deployment.deploy();
});
afterAll(async () => {
  await deployment.query('MATCH (n:Foreign_change) DELETE n');
  await deployment.query('DROP INDEX change_own IF EXISTS');
  await deployment.close();
});

async function rows(): Promise<unknown[]> {
  const text = 'MATCH (n) WHERE any(l IN labels(n) WHERE l ENDS WITH "_change") RETURN properties(n) AS p';
  return (await deployment.query(text)).map(({ p }) => JSON.stringify(p)).sort();
}

async function becomes(...expected: object[]): Promise<void> {
  const lines = [...expected, { name: 'not ours' }].map(row => JSON.stringify(row)).sort();
  await expect.poll(rows, { timeout: 60_000, interval: 200 }).toEqual(lines);
}

async function schema(): Promise<unknown[]> {
  const text =
    'SHOW INDEXES YIELD name, labelsOrTypes, options WHERE any(l IN labelsOrTypes WHERE l ENDS WITH "_change") RETURN name, options.indexConfig["vector.dimensions"] AS dimension';
  return (await deployment.query(text)).map(({ name, dimension }) => `${name}${dimension ?? ''}`).sort();
}

const people = [
  { id: '1', email: 'x@y' },
  { id: '2', email: 'x@y' },
];

it('removes a table, gives another one another key, replaces a vector index, and leaves what is others’', {
  timeout: 240_000,
}, async () => {
  const Body = [{ ...people[0], note: 'n' }, people[1]].map(row => JSON.stringify(row)).join('\n');
  await deployment.s3.send(new PutObjectCommand({ Bucket: deployment.stack.bucket, Key: 'a.ndjson', Body }));
  await becomes(...people, { id: 'n' });
  expect(await schema()).toEqual([
    'change_own',
    'coco_uniq_Note_change__id',
    'coco_uniq_Person_change__id',
    'coco_vec_Person_change__face3',
  ]);

  await deployment.deploy({ graph: 'test/deployed/change-rekeyed-flow.ts' });
  expect(await schema()).toEqual(['change_own', 'coco_uniq_Person_change__email', 'coco_vec_Person_change__face4']);
  await becomes({ id: '2', email: 'x@y' });
  const [fence] = await deployment.query(
    "MATCH (f:_Graphdrop) WHERE f.scope STARTS WITH 'change@' RETURN f.claims AS claims",
  );
  expect(fence?.claims).toEqual(['(:Person_change)']);

  await deployment.destroy();
  expect(await schema()).toEqual(['change_own']);
  await becomes();
});

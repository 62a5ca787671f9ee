/** Promise: what was deployed outlives deploys that fail, names that change, and stacks that leave it behind. */
import { randomUUID } from 'node:crypto';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, ListBucketsCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment } from './deployment.ts';
import { foreign, putForeign, removeForeign } from './foreign.ts';

const run = randomUUID().slice(0, 8);
const flow = 'test/deployed/life-flow.ts';
const withExtra = 'test/deployed/life-extra-flow.ts';

/** An app that has bucket and state table beside its GraphDrop, whose id changes. */
const own = new Deployment('life', flow, {
  app: 'node test/deployed/app.ts',
  stack: `life-${run}`,
  removalPolicy: 'retain',
  settings: { id: 'First' },
});
let foreignBefore: unknown;

beforeAll(async () => {
  await own.query('MATCH (n:Person_life|Extra_life) DETACH DELETE n'); // of a run that broke off
  await putForeign(own, 'life');
  foreignBefore = await foreign(own, 'life');
});
afterAll(async () => {
  await removeForeign(own, 'life');
  await own.close();
});

async function put(bucket: string, key: string, ...records: readonly object[]): Promise<void> {
  const Body = records.map(record => JSON.stringify(record)).join('\n');
  await own.s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${key}.ndjson`, Body }));
}

async function names(): Promise<unknown> {
  return (await own.query('MATCH (p:Person_life) RETURN p.name AS name ORDER BY name')).map(({ name }) => name);
}

async function follows(bucket: string, key: string, ...expected: readonly string[]): Promise<void> {
  await put(bucket, key, { id: key, name: key });
  await expect.poll(names, { timeout: 30_000 }).toEqual([...expected, key].sort());
}

/** What is managed, but rows: indexes with their ids, which change when they are made anew, and the fence. */
async function managed(): Promise<{ schema: unknown; fence: Record<string, unknown> | undefined }> {
  const schema = await own.query(
    "SHOW INDEXES YIELD id, name WHERE name CONTAINS '_life__' AND name STARTS WITH 'coco' RETURN id, name ORDER BY name",
  );
  const [fence] = await own.query("MATCH (f:_Graphdrop {scope: 'life@neo4j'}) RETURN f.epoch AS epoch, f.root AS root");
  return { schema, fence };
}

const nothing = { schema: [], fence: undefined };

/** Buckets and tables that a stack of this run made. */
async function left(): Promise<unknown> {
  const { Buckets = [] } = await own.s3.send(new ListBucketsCommand({}));
  const { TableNames = [] } = await own.dynamo.send(new ListTablesCommand({}));
  return [...Buckets.map(({ Name }) => Name), ...TableNames].filter(name => name?.includes(run));
}

describe('a first deploy that fails', () => {
  it('leaves nothing of its own, and everything of others, though its data would be retained', async () => {
    await own.query("CREATE (:Person_life {id: 'x', name: 'theirs'}), (:Person_life {id: 'x', name: 'twice'})");
    await expect(own.deploy()).rejects.toThrow(/constraint on Person_life\.id can't be created/);
    expect(await managed()).toEqual(nothing);
    expect(await names()).toEqual(['theirs', 'twice']);
    await own.query("MATCH (p:Person_life {name: 'twice'}) DELETE p");
    // Now the scope is opened, its label taken over (what no file declares goes then, sooner or later), and something else fails.
    await expect(own.deploy({ settings: { id: 'First', fail: 'true' } })).rejects.toThrow(/Never/);
    expect(await managed()).toEqual(nothing);
    expect(await left()).toEqual([]);
    await own.query('MATCH (p:Person_life) DELETE p');
  }, 240_000);
});

describe('a scope that is deployed', () => {
  it('goes back to the old definition when a deploy fails', async () => {
    await own.deploy({ settings: { id: 'First' } });
    const { bucket } = own.stack;
    await follows(bucket, 'life/people/a');
    await own.query("CREATE (:Extra_life {id: 'x'}), (:Extra_life {id: 'x'})");
    const { schema } = await managed();
    await expect(own.deploy({ graph: withExtra })).rejects.toThrow(/constraint on Extra_life\.id can't be created/);
    expect((await managed()).schema).toEqual(schema);
    await follows(bucket, 'life/people/b', 'life/people/a');
    await own.query('MATCH (x:Extra_life) DELETE x');
  }, 240_000);

  it('stays when the construct gets another name, though the old one is deleted after the new one is made', async () => {
    const { bucket } = own.stack;
    const { schema, fence } = await managed();
    await own.deploy({ graph: flow, removalPolicy: 'destroy', settings: { id: 'Second' } });
    expect((await managed()).schema).toEqual(schema);
    expect((await managed()).fence).toMatchObject({ root: fence?.root });
    await follows(bucket, 'life/people/c', 'life/people/a', 'life/people/b');
    // And back, in a deploy that is rolled back: the new one is deleted.
    await expect(own.deploy({ settings: { id: 'Third', fail: 'true' } })).rejects.toThrow(/Never/);
    expect((await managed()).schema).toEqual(schema);
    await follows(bucket, 'life/people/d', 'life/people/a', 'life/people/b', 'life/people/c');
  }, 240_000);

  it('is left as it is by a stack that retains it, and the next one takes up where it was', async () => {
    const { bucket, table } = own.stack;
    await own.deploy({ removalPolicy: 'retain', settings: { id: 'Second' } });
    await own.drained();
    const all = ['life/people/a', 'life/people/b', 'life/people/c', 'life/people/d'];
    const { schema, fence } = await managed();
    await own.destroy();
    expect(await names()).toEqual(all);
    expect((await managed()).schema).toEqual(schema);
    const next = new Deployment('life', flow, {
      stack: `life-${run}-next`,
      settings: { bucket, table },
    });
    try {
      const before = await statuses(next, table, all);
      expect(before).toMatchObject(all.map(() => ({ state: 'applied' })));
      await next.deploy();
      await next.drained();
      expect(await next.invoke({ resync: true })).toMatchObject({
        reports: [{ settled: true, queued: 0, tracked: 4 }],
      });
      expect(await managed()).toMatchObject({ schema, fence: { root: fence?.root } });
      expect(await statuses(next, table, all)).toEqual(before);
      await takeOver(next, bucket, all);
    } finally {
      await next.close();
    }
    const { KeyCount } = await own.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(KeyCount).toBe(5);
  }, 480_000);
});

async function statuses(of: Deployment, table: string, keys: readonly string[]): Promise<unknown> {
  return await Promise.all(keys.map(async key => await of.statusIn(table).get(`${key}.ndjson`)));
}

/** A stack of another name, with state and bucket of its own, deployed before the old one is deleted. */
async function takeOver(old: Deployment, oldBucket: string, all: readonly string[]): Promise<void> {
  const bucket = `life-${run}-renamed`;
  await own.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await put(bucket, 'life/people/a', { id: 'life/people/a', name: 'renamed' });
  const renamed = new Deployment('life', flow, { stack: `life-${run}-renamed`, settings: { bucket } });
  try {
    await expect(renamed.deploy()).rejects.toThrow(
      new RegExp(`life@neo4j belongs to \\w+ of stack life-${run}-next: .*takeOver`, 's'), // cdk wraps its lines
    );
    expect(await names()).toEqual(all);
    await follows(oldBucket, 'life/people/e', ...all); // the old one is not disturbed
    await own.s3.send(new PutObjectCommand({ Bucket: oldBucket, Key: 'life/people/e.ndjson', Body: '' }));
    await expect.poll(names, { timeout: 30_000 }).toEqual(all);
    await renamed.deploy({ settings: { bucket, takeOver: 'true' } });
    await expect.poll(names, { timeout: 30_000 }).toContain('renamed');
    // A minute later this happens by itself: what no file declares is removed once all that files do is applied.
    await renamed.invoke({ resync: true });
    expect(await names()).toEqual(['renamed']);
    const { schema } = await managed();
    await old.destroy();
    expect(await names()).toEqual(['renamed']);
    expect((await managed()).schema).toEqual(schema);
    await follows(bucket, 'life/people/f', 'renamed');
    await renamed.destroy();
    expect(await managed()).toEqual(nothing);
    expect(await names()).toEqual([]);
    expect(await foreign(own, 'life')).toEqual(foreignBefore);
  } finally {
    await renamed.close();
  }
}

/** Promise: a stack deployed by `cdk deploy` follows its bucket all the way, from S3 over EventBridge, SQS and Lambda to Neo4j. */
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deployment } from './deployment.ts';

const deployment = new Deployment('deployed', 'test/deployed/flow.ts');

beforeAll(async () => await deployment.deploy());
afterAll(async () => await deployment.close());

async function drop(key: string, ...records: readonly object[]): Promise<void> {
  const Body = records.map(record => JSON.stringify(record)).join('\n');
  await deployment.s3.send(new PutObjectCommand({ Bucket: deployment.stack.bucket, Key: key, Body }));
}

async function remove(key: string): Promise<void> {
  await deployment.s3.send(new DeleteObjectCommand({ Bucket: deployment.stack.bucket, Key: key }));
}

/** The graph as lines, `id:name` for a person and `from>to` for an acquaintance. */
async function graph(): Promise<string[]> {
  const people = await deployment.query('MATCH (p:Person_deployed) RETURN p.id AS id, p.name AS name');
  const knows = await deployment.query('MATCH (a)-[:KNOWS_deployed]->(b) RETURN a.id AS a, b.id AS b');
  return [...people.map(({ id, name }) => `${id}:${name ?? ''}`), ...knows.map(({ a, b }) => `${a}>${b}`)].sort();
}

async function becomes(...lines: string[]): Promise<void> {
  await expect.poll(graph, { timeout: 30_000, interval: 200 }).toEqual(lines.sort());
}

async function epoch(): Promise<unknown> {
  return (await deployment.query("MATCH (f:_Graphdrop) WHERE f.scope STARTS WITH 'deployed@' RETURN f.epoch AS e"))[0]
    ?.e;
}

describe('the deployed stack', () => {
  it('follows files dropped, replaced and deleted, edges before nodes', async () => {
    await drop('knows/a.ndjson', { from: 'ada', to: 'bob' });
    await becomes('ada:', 'bob:', 'ada>bob');
    await drop('people/a.ndjson', { id: 'ada', name: 'Ada' }, { id: 'bob', name: 'Bob' });
    await becomes('ada:Ada', 'bob:Bob', 'ada>bob');
    await drop('people/a.ndjson', { id: 'ada', name: 'Ada Lovelace' });
    await becomes('ada:Ada Lovelace', 'bob:', 'ada>bob');
    await remove('knows/a.ndjson');
    await becomes('ada:Ada Lovelace');
  });

  it('keeps a row that two files declare until the last of them goes', async () => {
    await drop('people/b.ndjson', { id: 'ada', name: 'Ada of b' });
    await becomes('ada:Ada of b');
    await remove('people/b.ndjson');
    await becomes('ada:Ada Lovelace');
    await remove('people/a.ndjson');
    await becomes();
  });

  it('makes no Neo4j transaction for content that is there already', async () => {
    await drop('people/same.ndjson', { id: 'eve', name: 'Eve' });
    await becomes('eve:Eve');
    await deployment.drained();
    const before = await epoch();
    await drop('people/same.ndjson', { id: 'eve', name: 'Eve' });
    await deployment.drained();
    expect(await epoch()).toEqual(before);
    await drop('people/same.ndjson', { id: 'eve', name: 'Eve 2' });
    await becomes('eve:Eve 2');
    expect(await epoch()).not.toEqual(before);
  });

  it('rejects a bad file whole, says so, and applies a later good version', async () => {
    const next = await deployment.listen('Object Rejected');
    await drop('people/bad.ndjson', { id: 'zoe', name: 'Zoe' }, { id: 'yan' });
    expect(await next()).toMatchObject({
      key: 'people/bad.ndjson',
      bucket: deployment.stack.bucket,
      problems: [{ line: 2, field: 'name' }],
    });
    expect(await deployment.status().get('people/bad.ndjson')).toMatchObject({ state: 'rejected' });
    await becomes('eve:Eve 2');
    await drop('people/bad.ndjson', { id: 'zoe', name: 'Zoe' }, { id: 'yan', name: 'Yan' });
    await becomes('eve:Eve 2', 'yan:Yan', 'zoe:Zoe');
    await deployment.drained(); // the status is written after the graph
    expect(await deployment.status().get('people/bad.ndjson')).toMatchObject({ state: 'applied', rows: 2 });
  });

  it('takes direct invocations: keys, S3 notifications, bare EventBridge events, a resync', async () => {
    const { bucket } = deployment.stack;
    await deployment.drained();
    const keys = { bucket, keys: ['people/bad.ndjson', 'people/never.ndjson'] };
    expect(await deployment.invoke(keys)).toMatchObject({ reports: [{ objects: 2, skipped: 2, transactions: 0 }] });
    const object = { key: 'people/same.ndjson' };
    const notification = { Records: [{ eventSource: 'aws:s3', s3: { bucket: { name: bucket }, object } }] };
    expect(await deployment.invoke(notification)).toMatchObject({ reports: [{ objects: 1, skipped: 1 }] });
    const event = { source: 'aws.s3', 'detail-type': 'Object Created', detail: { bucket: { name: bucket }, object } };
    expect(await deployment.invoke(event)).toMatchObject({ reports: [{ objects: 1, skipped: 1 }] });
    expect(await deployment.invoke({ resync: true })).toMatchObject({ reports: [{ settled: true, queued: 0 }] });
    await expect(deployment.invoke({ nonsense: 1 })).rejects.toThrow(/received \{ nonsense \}; accepted: /);
    await expect(deployment.invoke({ bucket: 'other', keys: ['a'] })).rejects.toThrow(/got an event of bucket other/);
  });

  it('verifies, and puts back what was changed by hand', async () => {
    await deployment.drained();
    const table = 'n:Person_deployed:id';
    expect(await deployment.invoke({}, 'verify')).toMatchObject({ context: 'deployed', clean: true, next: null });
    await deployment.query("MATCH (p:Person_deployed {id: 'zoe'}) SET p.name = 'Eve'");
    const altered = { count: 1, first: [{ key: 'szoe', properties: ['name'] }] };
    const found = { clean: false, next: null, report: { tables: { [table]: { altered } } } };
    expect(await deployment.invoke({ context: 'deployed' }, 'verify')).toMatchObject(found);
    const answer = (await deployment.invoke({ repair: true }, 'verify')) as object;
    expect(answer).toMatchObject({ ...found, report: { ...found.report, repaired: { rows: 1 } } });
    await becomes('eve:Eve 2', 'yan:Yan', 'zoe:Zoe');
    // As Step Functions would go on, had it been cut short before the objects.
    const rest = { ...answer, repair: false, next: { phase: 'listing', at: null } };
    expect(await deployment.invoke(rest, 'verify')).toMatchObject({ ...found, report: { objects: { listed: 4 } } });
    await expect(deployment.invoke({ repair: 'yes' }, 'verify')).rejects.toThrow(/expected \{ context\?, repair\? \}/);
    await expect(deployment.invoke({ context: 'other' }, 'verify')).rejects.toThrow(/no context \\"other\\"/);
  });

  it('answers for each message of a batch by itself', async () => {
    const { bucket } = deployment.stack;
    const object = { key: 'people/same.ndjson' };
    const bodies = {
      keys: JSON.stringify({ bucket, keys: [object.key] }),
      notification: JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: { bucket: { name: bucket }, object } }] }),
      test: JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: bucket }),
      garbage: '{',
      foreign: JSON.stringify({ bucket: 'other', keys: ['a'] }),
      // Half a character: S3 can't be asked for it.
      unread: JSON.stringify({ bucket, keys: ['people/\ud800.ndjson', object.key] }),
    };
    const failed = ['garbage', 'foreign', 'unread'].map(itemIdentifier => ({ itemIdentifier }));
    expect(await deployment.deliver(bodies)).toEqual({ batchItemFailures: failed });
    const stray = await deployment.deliver({ keys: bodies.keys }, 'somebody-elses-queue');
    expect(stray).toEqual({ batchItemFailures: [{ itemIdentifier: 'keys' }] });
  });

  it('puts messages back while another worker commits for longer than an invocation has, and spends no receive count on that', async () => {
    await deployment.setTimeout(deployment.stack.functions.sync, 30);
    const release = await deployment.holdLease(60_000);
    await drop('people/late.ndjson', { id: 'lea', name: 'Lea' });
    const keys = JSON.stringify({ bucket: deployment.stack.bucket, keys: ['people/late.ndjson'] });
    expect(await deployment.deliver({ keys })).toEqual({ batchItemFailures: [] });
    await becomes('eve:Eve 2', 'yan:Yan', 'zoe:Zoe');
    await release();
    await becomes('eve:Eve 2', 'lea:Lea', 'yan:Yan', 'zoe:Zoe');
    // Not before: the emulator ends what is at work when a function is changed.
    await deployment.drained();
    await deployment.setTimeout(deployment.stack.functions.sync, 300);
    await remove('people/late.ndjson');
    await becomes('eve:Eve 2', 'yan:Yan', 'zoe:Zoe');
  });

  it('goes on with rotated credentials, without a deploy', async () => {
    await deployment.rotatePassword();
    await drop('people/same.ndjson', { id: 'eve', name: 'Eve of the new password' });
    await becomes('eve:Eve of the new password', 'yan:Yan', 'zoe:Zoe');
  });

  it('changes nothing when it is deployed again', async () => {
    // An index has another id when it is made anew.
    const schema = async () => await deployment.query("SHOW INDEXES YIELD id, name WHERE name CONTAINS '_deployed__'");
    const before = [await epoch(), await graph(), await schema()];
    await deployment.deploy();
    await deployment.drained();
    expect([await epoch(), await graph(), await schema()]).toEqual(before);
  });

  it('leaves nothing managed when it is destroyed, and everything else', async () => {
    await deployment.query(
      "MATCH (p:Person_deployed {id: 'eve'}) CREATE (:Foreign_deployed {name: 'not ours'})-[:LIKES {since: 1}]->(p)",
    );
    await deployment.destroy();
    expect(await graph()).toEqual(['eve:']); // a bare stub: somebody's edge touches it
    expect(await epoch()).toBeUndefined();
    const schema = await deployment.query('SHOW INDEXES YIELD name');
    expect(schema.filter(({ name }) => String(name).includes('_deployed'))).toEqual([]);
    const text = 'MATCH (n:Foreign_deployed)-[r]->(p) RETURN n.name AS name, properties(r) AS p, p.id AS id';
    expect(await deployment.query(text)).toEqual([{ name: 'not ours', p: { since: 1n }, id: 'eve' }]);
    await deployment.query('MATCH (n:Foreign_deployed)-[r]->(p) DELETE n, r, p');
  });
});

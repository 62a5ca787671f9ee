/** Promise: test/infra/recorded-calls.txt lists every kind of AWS call that the functions make, and no other. */
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Deployment } from './deployment.ts';
import { knownCalls } from './recorded-calls.ts';

const deployment = new Deployment('calls', 'test/deployed/calls-flow.ts');
const DAY_MS = 86_400_000;

beforeAll(async () => await deployment.deploy());
afterAll(async () => await deployment.close());

async function drop(Key: string, ...records: readonly object[]): Promise<void> {
  const Body = records.map(record => JSON.stringify(record)).join('\n');
  await deployment.s3.send(new PutObjectCommand({ Bucket: deployment.stack.bucket, Key, Body }));
}

async function people(...expected: string[]): Promise<void> {
  const rows = async () =>
    (await deployment.query('MATCH (p:Person_calls) RETURN p.id + ":" + p.name AS p')).map(({ p }) => p).sort();
  await expect.poll(rows, { timeout: 60_000, interval: 200 }).toEqual(expected);
}

async function becomes(key: string, state: object): Promise<void> {
  const status = async () => await deployment.status().get(key);
  await expect.poll(status, { timeout: 60_000, interval: 200 }).toMatchObject(state);
}

it('follows one life of a stack', { timeout: 600_000 }, async () => {
  // Left out, listed, and the list deleted.
  await drop('loose/a.ndjson', { id: 'a', name: 'A' }, { id: 'bad' });
  await becomes('loose/a.ndjson', { state: 'applied', skipped: expect.anything() });
  await drop('loose/a.ndjson', { id: 'a', name: 'A2' });
  await people('a:A2');
  // Rejected, and the version before in force: its values come back when another file's go.
  await drop('strict/a.ndjson', { id: 'x', name: 'X of a' });
  await people('a:A2', 'x:X of a');
  await drop('strict/b.ndjson', { id: 'x', name: 'X of b' });
  await people('a:A2', 'x:X of b');
  await drop('strict/a.ndjson', { id: 'x' });
  await becomes('strict/a.ndjson', { state: 'rejected' });
  await deployment.s3.send(new DeleteObjectCommand({ Bucket: deployment.stack.bucket, Key: 'strict/b.ndjson' }));
  await people('a:A2', 'x:X of a');
  await drop('notes/a.ndjson', { id: 'n', name: 'N' });
  await becomes('notes/a.ndjson', { state: 'applied' });
  await deployment.drained();

  // Sent back while another worker commits for longer than an invocation has; found out of date by a repair meanwhile.
  await deployment.setTimeout(deployment.stack.functions.sync, 30);
  const release = await deployment.holdLease(60_000);
  await drop('strict/c.ndjson', { id: 'c', name: 'C' });
  const keys = JSON.stringify({ bucket: deployment.stack.bucket, keys: ['strict/c.ndjson'] });
  await deployment.deliver({ keys });
  const report = await deployment.invoke({}, 'verify');
  await deployment.invoke({ ...(report as object), repair: true, next: { phase: 'listing', at: null } }, 'verify');
  await release();
  await people('a:A2', 'c:C', 'x:X of a');
  // Not before: the emulator ends what is at work when a function is changed.
  await deployment.drained();
  await deployment.setTimeout(deployment.stack.functions.sync, 300);
  await deployment.query("MATCH (p:Person_calls {id: 'x'}) SET p.name = 'Eve'");
  await deployment.invoke({ repair: true }, 'verify');
  await people('a:A2', 'c:C', 'x:X of a');
  await deployment.invoke({ resync: true });
  const query = { context: 'calls', statements: [{ statement: 'RETURN 1' }] };
  expect(await deployment.invoke(query, 'query')).toMatchObject({ errors: [] });

  const looking = await deployment.functionNamed('Status');
  for (const prefix of ['', 'strict/a.ndjson'])
    expect(await deployment.invokeNamed(looking, { prefix })).toMatchObject({ context: 'calls' });
  // As a dashboard's widget, for an object: its version is read for the lines.
  const widget = { widgetContext: { theme: 'dark' } };
  expect(await deployment.invokeNamed(looking, widget)).toContain('</b> dead letters');
  const asked = { ...widget, view: 'object', object: 'strict/c.ndjson' };
  expect(await deployment.invokeNamed(looking, asked)).toContain('<td>1</td>');

  // Garbage, collected in a moment that is too short at first.
  await deployment.dynamo.send(
    new PutItemCommand({
      TableName: deployment.stack.table,
      Item: {
        pk: { S: `calls@${deployment.neo4j.database}#A` },
        sk: { S: `node#A${'a'.repeat(21)}` },
        text: { S: 'old' },
        at: { N: String(Date.now() - 2 * DAY_MS) },
      },
    }),
  );
  // And results of a source that is no more.
  const scope = `calls@${deployment.neo4j.database}`;
  for (const [pk, sk] of [
    [`${scope}#memos`, 'gone'],
    [`${scope}#memo#gone#A`, `A${'a'.repeat(23)}#00000`],
  ] as const) {
    const Item = { pk: { S: pk }, sk: { S: sk }, at: { N: String(Date.now() - 2 * DAY_MS) } };
    await deployment.dynamo.send(new PutItemCommand({ TableName: deployment.stack.table, Item }));
  }
  const collection = await deployment.functionNamed('GarbageCollection');
  await deployment.setTimeout(collection, 30);
  await deployment.invokeNamed(collection, {});
  await deployment.setTimeout(collection, 900);
  expect(await deployment.invokeNamed(collection, {})).toMatchObject({
    [`calls@${deployment.neo4j.database}`]: { deleted: 1, complete: true },
  });

  await deployment.deploy({ graph: 'test/deployed/calls-other-flow.ts' });
  await deployment.drained();
  await deployment.destroy();
  expect(await deployment.query('MATCH (p:Person_calls) RETURN p')).toEqual([]);

  const own = (await knownCalls()).filter(({ suite }) => suite === undefined);
  const missing = new Set(own.map(({ call }) => call));
  for (const call of await deployment.calls()) missing.delete(call);
  expect([...missing], 'listed, and not made any more').toEqual([]);
});

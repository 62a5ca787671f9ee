/** Promise: tenants of one stack share nothing but its bucket: not rows, not schema, not trouble. */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import neo4j, { type Driver } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConnectionSecret } from '../support/deploy-stack.ts';
import { type Neo4jServer, startNeo4j } from '../support/neo4j.ts';
import { Deployment } from './deployment.ts';
import { type Database, foreign, putForeign, removeForeign } from './foreign.ts';

/** Of a name not used before: the stack ends in DELETE_FAILED, which nothing can be deployed on. */
const stackName = `tenants-${randomUUID().slice(0, 8)}`;
/** Not the stack's own, but brought along: it outlives the stack. */
const bucket = stackName;

/** `ta` and `tc` are on the server of all tests, `tb` on one of its own, whose database has another name. */
const stack = new Deployment('ta', 'test/deployed/tenants-flow.ts', {
  stack: stackName,
  settings: { bucket },
  removalPolicy: 'retain',
  contexts: { tb: { database: 'tenantb' } },
});
const first: Database = { query: async (text, parameters) => await stack.query(text, parameters) };
let server: Neo4jServer;
let driver: Driver;
const second: Database = {
  query: async (text, parameters = {}) =>
    (await driver.executeQuery(text, parameters, { database: 'tenantb' })).records.map(record => record.toObject()),
};
let foreignBefore: unknown;

beforeAll(async () => {
  server = await startNeo4j({ database: 'tenantb', heap: '512m' });
  driver = neo4j.driver(server.boltUri, neo4j.auth.basic(server.username, server.password), { useBigInt: true });
  for (const database of [first, second]) await putForeign(database, 'tenants');
  foreignBefore = await foreignNow();
  await createConnectionSecret(stack.aws, 'tb', server);
  for (const context of ['tc', 'td']) await createConnectionSecret(stack.aws, context, stack.neo4j);
  await stack.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await stack.deploy();
}, 180_000);
afterAll(async () => {
  await removeForeign(first, 'tenants');
  await stack.close();
  await driver.close();
  await server.remove();
}, 180_000);

async function foreignNow(): Promise<unknown> {
  return [await foreign(first, 'tenants'), await foreign(second, 'tenants')];
}

let files = 0;
async function drop(key: string, ...records: readonly object[]): Promise<void> {
  const Body = records.map(record => JSON.stringify(record)).join('\n');
  files += 1;
  await stack.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
}

/** Names of a tenant's people, and how many edges they have. */
async function people(database: Database, tenant: string): Promise<unknown> {
  const rows = await database.query(
    `MATCH (p:Person_${tenant}) RETURN p.name AS name, COUNT { (p)-[]->() } AS edges ORDER BY name`,
  );
  return rows.map(({ name, edges }) => `${name} ${edges}`);
}

async function fences(database: Database): Promise<unknown> {
  const rows = await database.query(
    "MATCH (f:_Graphdrop) WHERE f.scope =~ 't[a-d]@.*' RETURN f.scope AS scope ORDER BY scope",
  );
  return rows.map(({ scope }) => scope);
}

/** What is left of a tenant's constraints and indexes. */
async function schema(database: Database): Promise<unknown> {
  const rows = await database.query(
    "SHOW INDEXES YIELD name WHERE name =~ 'coco_.*_(t[a-d]|tenants)__.*' RETURN name ORDER BY name",
  );
  return rows.map(({ name }) => name);
}

const ofA = ['coco_idx_rel_KNOWS_tenants__id', 'coco_uniq_Person_ta__id'];

describe('tenants of one stack', () => {
  it('each have their rows, state and schema, of one database too', async () => {
    for (const tenant of ['ta', 'tb', 'tc']) {
      await drop(`${tenant}/people/a.ndjson`, { id: 'x', name: `X of ${tenant}` }, { id: 'y', name: `Y of ${tenant}` });
      await drop(`${tenant}/knows/a.ndjson`, { from: 'x', to: 'y' });
    }
    for (const [database, tenant] of [
      [first, 'ta'],
      [second, 'tb'],
      [first, 'tc'],
    ] as const) {
      await expect
        .poll(async () => await people(database, tenant), { timeout: 30_000 })
        .toEqual([`X of ${tenant} 1`, `Y of ${tenant} 0`]);
    }
    expect(await fences(first)).toEqual(['ta@neo4j', 'tc@neo4j']);
    expect(await fences(second)).toEqual(['tb@tenantb']);
    expect(await schema(first)).toEqual([...ofA, 'coco_uniq_Person_tc__id']);
    expect(await schema(second)).toEqual(['coco_idx_rel_KNOWS_tb__id', 'coco_uniq_Person_tb__id']);
    const labels = await second.query(
      'MATCH (n) WHERE NOT n:_Graphdrop AND NOT n:Foreign_tenants RETURN DISTINCT labels(n) AS l',
    );
    expect(labels).toEqual([{ l: ['Person_tb'] }]);
  });

  it('are not kept from their work by the bad file of one', async () => {
    await drop('tb/people/b.ndjson', { id: 'z' });
    await drop('ta/people/b.ndjson', { id: 'z', name: 'Z of ta' });
    await expect
      .poll(async () => await people(first, 'ta'), { timeout: 30_000 })
      .toEqual(['X of ta 1', 'Y of ta 0', 'Z of ta 0']);
    await expect
      .poll(async () => await stack.status('tb@tenantb').get('tb/people/b.ndjson'), { timeout: 30_000 })
      .toMatchObject({ state: 'rejected' });
    expect(await people(second, 'tb')).toEqual(['X of tb 1', 'Y of tb 0']);
  });

  it('are not kept from their work, nor the stack from a deploy, by the server of one that is down', async () => {
    await server.kill();
    await drop('tb/people/c.ndjson', { id: 'w', name: 'W of tb' });
    await drop('ta/people/c.ndjson', { id: 'w', name: 'W of ta' });
    await expect.poll(async () => await people(first, 'ta'), { timeout: 30_000 }).toContain('W of ta 0');
    // One invocation for all: it fails for the one whose server is down, having done the others' work.
    await drop('tc/people/c.ndjson', { id: 'w', name: 'W of tc' });
    await expect(stack.invoke({ bucket, keys: ['tb/people/c.ndjson', 'tc/people/c.ndjson'] })).rejects.toThrow();
    expect(await people(first, 'tc')).toContain('W of tc 0');
    await stack.deploy({ removalPolicy: 'destroy' });
    await server.start();
    await stack.invoke({ bucket, keys: ['tb/people/c.ndjson'] });
    expect(await people(second, 'tb')).toContain('W of tb 0');
  }, 240_000);

  it('can’t have what another has: the deploy fails, names the holder, and changes nothing', async () => {
    const before = [
      await people(first, 'ta'),
      await people(second, 'tb'),
      await people(first, 'tc'),
      await schema(first),
    ];
    const clash = stack.deploy({ graph: 'test/deployed/tenants-clash-flow.ts' });
    await expect(clash).rejects.toThrow(
      /\(:Person_ta\) belongs to ta@neo4j in this database; td@neo4j can't manage it/,
    );
    expect([
      await people(first, 'ta'),
      await people(second, 'tb'),
      await people(first, 'tc'),
      await schema(first),
    ]).toEqual(before);
    expect(await fences(first)).toEqual(['ta@neo4j', 'tc@neo4j']);
    await drop('ta/people/d.ndjson', { id: 'v', name: 'V of ta' });
    await expect.poll(async () => await people(first, 'ta'), { timeout: 30_000 }).toContain('V of ta 0');
  }, 240_000);

  it('go by a deploy, with their rows, schema and state, and leave the others’', async () => {
    await stack.deploy({ graph: 'test/deployed/tenants-without-c-flow.ts' });
    expect(await people(first, 'tc')).toEqual([]);
    expect(await fences(first)).toEqual(['ta@neo4j']);
    expect(await schema(first)).toEqual(ofA); // the index of the type that both had is still needed
    expect(await people(first, 'ta')).toHaveLength(5);
    await drop('ta/knows/b.ndjson', { from: 'y', to: 'x' });
    await expect.poll(async () => await people(first, 'ta'), { timeout: 30_000 }).toContain('Y of ta 1');
    expect(await people(second, 'tb')).toHaveLength(3);
    expect(await foreignNow()).toEqual(foreignBefore);
  }, 240_000);

  it('keep a stack from being deleted while the server of one is down: it fails soon and says what to do', async () => {
    await server.kill();
    const begun = Date.now();
    await expect(stack.destroy()).rejects.toThrow(/tb@tenantb can't be taken down: .*--retain-resources/s);
    expect(Date.now() - begun).toBeLessThan(120_000); // CloudFormation would wait for an hour
    // The other tenant's is gone, so are stack and state; nobody has touched the bucket.
    expect([await fences(first), await schema(first), await people(first, 'ta')]).toEqual([[], [], []]);
    await server.start();
    expect(await people(second, 'tb')).toHaveLength(3);
    expect(await foreignNow()).toEqual(foreignBefore);
    const { KeyCount } = await stack.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(KeyCount).toBe(files);
  }, 240_000);
});

/** Threat: a transaction is too large for the server’s memory, which the server calls a passing trouble. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OwnDatabase } from '../protocol/database-copies.ts';

let database: OwnDatabase;
beforeAll(async () => {
  database = await OwnDatabase.start({ 'db.memory.transaction.max': '4m' });
});
afterAll(async () => await database.server.remove());

it('rows that don’t fit one transaction are applied in smaller ones', async () => {
  const world = await database.world();
  const rows = Array.from({ length: 6000 }, (_, n) => ({ id: `row ${n}`, name: `name ${n}`, age: n }));
  const report = await world.drop('people/a.ndjson', rows);
  expect(report).toMatchObject({ applied: 1, rejected: [], nodesUpserted: rows.length });
  expect(report.transactions).toBeGreaterThan(1);
  expect(await world.people()).toHaveLength(rows.length);
  await world.close();
});

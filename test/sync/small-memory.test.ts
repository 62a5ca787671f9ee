/** Threat: a transaction is too large for the server’s memory, which the server calls a passing trouble. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OwnDatabase } from '../protocol/database-copies.ts';
import { connectionTo } from '../support/connection.ts';

/** So that the second try is small enough. */
const limits = { maxRowsPerTransaction: 2_000 };

let database: OwnDatabase;
beforeAll(async () => {
  database = await OwnDatabase.start({ 'db.memory.transaction.max': '4m' });
});
afterAll(async () => await database.server.remove());

it.each(['bolt', 'http', 'tx-commit'] as const)(
  'rows that don’t fit one transaction are applied in smaller ones, by %s',
  async by => {
    const world = await database.world();
    const connection = connectionTo(database.server, { by });
    await world.put(
      'people/a.ndjson',
      Array.from({ length: 2000 }, (_, n) => ({ id: n, name: `name ${n}`, age: n })),
    );
    const report = await world.sync(['people/a.ndjson'], world.worker({ connection, limits }));
    expect(report).toMatchObject({ applied: 1, rejected: [], nodesUpserted: 2000 });
    expect(report.transactions).toBeGreaterThan(1);
    expect(await world.people()).toHaveLength(2000);
    await connection.close();
    await world.close();
  },
);

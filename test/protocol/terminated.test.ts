/** Threat: an administrator, or the server itself, ends a batch's transaction. */
import { expect } from 'vitest';
import type { LogEntry, ScopeOptions } from '../../lib/scope.ts';
import { it } from '../sync/world-test.ts';

it('a batch that is terminated is tried again at once, and nothing is rejected', async ({ world }) => {
  await world.put('people/a.ndjson', [{ id: 1, name: 'x' }]);
  const { name: scope } = world.worker();
  const log: LogEntry[] = [];
  let terminated = 0;
  const observe: ScopeOptions['observe'] = async step => {
    if (step !== 'committing' || terminated > 0) return;
    const found = await world.query(
      "SHOW TRANSACTIONS YIELD transactionId, metaData WHERE metaData.app = 'graphdrop' AND metaData.scope = $scope RETURN transactionId",
      { scope },
    );
    for (const { transactionId } of found) await world.query(`TERMINATE TRANSACTION '${transactionId}'`);
    terminated = found.length;
  };
  const worker = world.worker({ observe, log: entry => void log.push(entry) });
  const report = await world.sync(['people/a.ndjson'], worker);
  // By HTTP nothing is open at the server at that step.
  expect(report).toMatchObject({ applied: 1, rejected: [], unsettled: [] });
  expect(log.filter(({ event }) => event === 'batch-failed')).toHaveLength(terminated);
  expect(await world.people()).toEqual([{ id: 1, name: 'x' }]);
});

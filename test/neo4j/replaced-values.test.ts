/** Promise: whatever value a row had, an update leaves exactly what a fresh load of the new one gives. */
import { expect, inject } from 'vitest';
import { connectionTo, type Transport } from '../support/connection.ts';
import { it } from '../sync/world-test.ts';
import { replaceValues } from './replace-values.ts';

it.for<Transport>(['bolt', 'http', 'tx-commit'])('by %s', async (by, { world }) => {
  const { replaced, fresh } = await replaceValues(world, connectionTo(inject('services').neo4j, { by }), by);
  expect(replaced).toEqual(fresh);
});

/** Threat: large files beside small ones take more memory than the function has. */
import { randomBytes } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { applyInLittleMemory } from '../benchmark/large-beside-small.ts';

it('the small ones are applied first, then all others, and the process lives', async () => {
  const small = 20;
  const { applied, rejected, unsettled } = await applyInLittleMemory({
    neo4j: inject('services').neo4j,
    name: `m${randomBytes(4).toString('hex')}`,
    large: 8,
    largeBytes: 12_000_000,
    small,
    rowBytes: 20_000,
    // All of the rows at once would take half as much again.
    megabytes: 100,
    seconds: 110,
  });
  expect(applied.slice(0, small).every(key => key.startsWith('small'))).toBe(true);
  expect({ applied: applied.length, rejected, unsettled }).toEqual({ applied: small + 8, rejected: [], unsettled: 0 });
});

/** Threat: a flow's definition is too large for the events of a deploy, which fails when the scope is closed already. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { definitionHash } from '../../lib/definition/definition.ts';
import { packDefinition, unpackDefinition } from '../../lib/definition/definition-text.ts';
import { definition, nodeTable } from '../deploy/definitions.ts';

/** Step Functions' limit for the input of an execution: the update event of the CDK's provider framework is one. */
const MOST_INPUT = 262_144;

function tables(count: number, nameOf: (table: number, column: number) => string) {
  const columnsOf = (table: number) =>
    Array.from({ length: 60 }, (_, i) => ({ name: nameOf(table, i), type: 'STRING', nullable: true }));
  return definition(
    'kg',
    Array.from({ length: count }, (_, i) => nodeTable(`Table${i}`, { columns: columnsOf(i) })),
  );
}

describe('the text of a definition', () => {
  const small = tables(1, (_, i) => `column${i}`);
  const large = tables(60, (table, i) => `column${i}OfTable${table}`);

  it.each([
    ['small', small],
    ['large', large],
  ])('gives a %s one back, with the same hash', (_, given) => {
    const text = packDefinition(given);
    expect(unpackDefinition(text)).toEqual(given);
    expect(definitionHash(unpackDefinition(text))).toBe(definitionHash(given));
  });

  it('is JSON for people as long as it is short', () => {
    expect(JSON.parse(packDefinition(small))).toEqual(small);
  });

  it('of 60 tables with 60 columns each is far smaller than an update event may be', () => {
    const properties = { definition: packDefinition(large) };
    const event = JSON.stringify({ ResourceProperties: properties, OldResourceProperties: properties });
    expect(event.length).toBeLessThan(MOST_INPUT / 4);
  });

  it('is refused when no event could bring it, and what is accepted at most can be brought', () => {
    const noise = (count: number) => tables(count, () => randomBytes(30).toString('hex'));
    expect(() => packDefinition(noise(200))).toThrow(
      /the flow of context 'kg' has 200 tables .* a deploy can carry 120000: split it into flows/,
    );
    const most = packDefinition(noise(40));
    expect(most.length).toBeGreaterThan(100_000);
    const event = JSON.stringify({ ResourceProperties: { most }, OldResourceProperties: { most } });
    expect(event.length).toBeLessThan(MOST_INPUT - 10_000);
  });
});

/** Threat: a flow that depends on its environment is deployed as one definition and run as another. */
import { afterEach, expect, it } from 'vitest';
import { definitionMarks, withCode } from '../../lib/definition/definition.ts';
import { ContextKey, flow, TableSchema } from '../../lib/index.ts';
import { definitionDifferences } from '../../lib/lambda/definition-check.ts';

const variable = 'TEST_AGE_TYPE';
afterEach(() => delete process.env[variable]);

const flows = () =>
  ['kg', 'other'].map(name =>
    flow(new ContextKey(name), graph => {
      const age = (name === 'kg' && process.env[variable]) || 'INTEGER';
      const schema = TableSchema.of({ id: { type: 'STRING' }, age: { type: age } });
      const person = graph.nodeTable('Person', { schema });
      graph.source('people/*.ndjson', {}, record => person.declareRecord(record));
    }),
  );

const deployed = (code: string) => ({
  code,
  definitions: definitionMarks(flows().map(({ definition }) => withCode(definition, code))),
});

it('is told as an error, with the context', () => {
  const environment = deployed('c1');
  process.env[variable] = 'STRING';
  expect(definitionDifferences(flows(), environment)).toEqual([
    expect.objectContaining({ level: 'error', event: 'definition-differs', context: 'kg' }),
  ]);
});

it('is not told of a flow that is the same, also where other flows of the module are deployed elsewhere', () => {
  expect(definitionDifferences(flows(), deployed('c1'))).toEqual([]);
  expect(definitionDifferences(flows().slice(1), deployed('c1'))).toEqual([]);
});

it('is told of code that is not the deployed code', () => {
  expect(definitionDifferences(flows(), { ...deployed('c1'), code: 'c2' })).toHaveLength(2);
});

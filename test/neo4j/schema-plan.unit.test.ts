/** Promise: a constraint or index is made, kept or dropped only if it is graphdrop's own; a foreign one is used or named. */
import { describe, expect, it } from 'vitest';
import { type ActualArtifact, desiredArtifacts } from '../../lib/neo4j/schema/schema.ts';
import { planSchema } from '../../lib/neo4j/schema/schema-plan.ts';
import { definition, nodeTable, vectorIndex } from '../deploy/definitions.ts';

const wanted = desiredArtifacts(
  definition('kg', [nodeTable('Doc', { vectorIndexes: [vectorIndex('Doc', 'v', { name: 'by_meaning' })] })]),
);
const none = new Set<string>();

function constraint(name: string, changes: Partial<ActualArtifact> = {}): ActualArtifact {
  const form = {
    entityType: 'NODE',
    entities: ['Doc'],
    properties: ['id'],
    config: {},
    state: 'ONLINE',
    failure: '',
  } as const;
  return { kind: 'constraint', name, type: 'UNIQUENESS', ...form, ...changes };
}

function plan(actual: readonly ActualArtifact[], own: readonly string[] = [], others: readonly string[] = []) {
  const {
    kept,
    adopted,
    missing,
    replaced,
    undeclared,
    own: next,
  } = planSchema(wanted, actual, new Set(own), new Set(others));
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
  return {
    kept: names(kept),
    adopted: adopted.map(({ by }) => by.name),
    missing: names(missing),
    replaced: names(replaced),
    undeclared: names(undeclared),
    own: next,
  };
}

describe('a constraint or index', () => {
  it('is graphdrop’s by convention, if it has the name', () => {
    expect(plan([constraint('coco_uniq_Doc__id')])).toMatchObject({
      kept: ['coco_uniq_Doc__id'],
      own: ['by_meaning', 'coco_uniq_Doc__id'],
    });
  });

  it.each(['UNIQUENESS', 'NODE_PROPERTY_UNIQUENESS', 'NODE_KEY'])('a foreign %s under another name is used', type => {
    expect(plan([constraint('theirs', { type })])).toMatchObject({ adopted: ['theirs'], own: ['by_meaning'] });
  });

  it('goes if the fence names it and no definition wants it, unless another scope’s fence names it too', () => {
    const old = constraint('coco_uniq_Doc__old', { properties: ['old'] });
    expect(plan([old])).toMatchObject({ undeclared: [] });
    expect(plan([old], ['coco_uniq_Doc__old'])).toMatchObject({ undeclared: ['coco_uniq_Doc__old'] });
    expect(plan([old], ['coco_uniq_Doc__old'], ['coco_uniq_Doc__old'])).toMatchObject({ undeclared: [] });
  });

  it('of another form is replaced under a conventional name, and refused under a name of the user’s that the fence lacks', () => {
    const index = { kind: 'index', type: 'RANGE', properties: ['other'] } as const;
    expect(plan([constraint('coco_uniq_Doc__id', index)])).toMatchObject({ replaced: ['coco_uniq_Doc__id'] });
    expect(plan([constraint('by_meaning', index)], ['by_meaning'])).toMatchObject({ replaced: ['by_meaning'] });
    expect(() => plan([constraint('by_meaning', index)])).toThrow(
      'by_meaning exists already, as a RANGE index on Doc.other',
    );
  });

  it('that the server wouldn’t have beside the wanted one is refused by name', () => {
    const index = constraint('theirs', { kind: 'index', type: 'RANGE' });
    expect(() => plan([index])).toThrow('theirs, a RANGE index on Doc.id that graphdrop didn’t make'.replace('’', "'"));
    expect(plan([{ ...index, type: 'TEXT' }]).missing).toEqual(['by_meaning', 'coco_uniq_Doc__id']);
    expect(plan([{ ...index, entities: ['Doc', 'Other'] }]).missing).toHaveLength(2);
    expect(plan([{ ...index, entityType: 'RELATIONSHIP' }]).missing).toHaveLength(2);
    expect(planSchema([], [index], none, none).undeclared).toEqual([]);
  });
});

/** Promise: a constraint of others that no stub can keep is seen at deploy, and said. */
import { expect, it } from 'vitest';
import { ContextKey, flow } from '../../lib/index.ts';
import { actualArtifact } from '../../lib/neo4j/schema/schema.ts';
import { stubObstacles } from '../../lib/neo4j/schema/stub-obstacles.ts';

const { definition } = flow(new ContextKey('kg'), graph => {
  const person = graph.nodeTable('Person');
  graph.nodeTable('Note');
  graph.relationTable('KNOWS', person, person);
});

function constraint(type: string, labelsOrTypes: string[], properties: string[], entityType = 'NODE') {
  return actualArtifact('constraint', { name: 'c', type, entityType, labelsOrTypes, properties });
}

it.each([
  ['NODE_PROPERTY_EXISTENCE', ['Person'], ['name']],
  ['NODE_KEY', ['Person'], ['id', 'name']],
])('%s on %j of %j', (type, labels, properties) => {
  expect(stubObstacles(definition, [constraint(type, labels, properties)])).toEqual([
    expect.stringMatching(/^the constraint c demands name of every Person, and edges make nodes with id alone/),
  ]);
});

it.each([
  ['NODE_PROPERTY_EXISTENCE', ['Person'], ['id'], 'NODE'],
  ['NODE_PROPERTY_EXISTENCE', ['Note'], ['text'], 'NODE'],
  ['NODE_PROPERTY_UNIQUENESS', ['Person'], ['name'], 'NODE'],
  ['RELATIONSHIP_PROPERTY_EXISTENCE', ['Person'], ['name'], 'RELATIONSHIP'],
])('not %s on %j of %j (%s)', (type, labels, properties, entityType) => {
  expect(stubObstacles(definition, [constraint(type, labels, properties, entityType)])).toEqual([]);
});

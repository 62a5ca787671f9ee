/** Promise: a definition's constraints and indexes have CocoIndex's names and forms, and nothing but identifiers gets into Cypher. */
import { describe, expect, it } from 'vitest';
import { createStatement, desiredArtifacts, dropStatement } from '../../lib/neo4j/schema/schema.ts';
import { definition, nodeTable, relationTable, vectorIndex } from '../deploy/definitions.ts';

const statements = (...tables: Parameters<typeof definition>[1]) =>
  desiredArtifacts(definition('kg', tables)).map(createStatement);

describe('names and forms are those of the CocoIndex target', () => {
  const user = nodeTable('User', { primaryKey: 'user_id' });

  it('a uniqueness constraint on each label', () => {
    expect(statements(user)).toEqual([
      'CREATE CONSTRAINT `coco_uniq_User__user_id` IF NOT EXISTS FOR (n:`User`) REQUIRE n.`user_id` IS UNIQUE',
    ]);
  });

  it('one index on each relationship type, whatever pairs it joins', () => {
    const item = nodeTable('Item', { managedBy: 'user' });
    expect(statements(relationTable('LIKES', user, item), relationTable('LIKES', item, user))).toEqual([
      'CREATE INDEX `coco_idx_rel_LIKES__id` IF NOT EXISTS FOR ()-[r:`LIKES`]-() ON (r.`id`)',
    ]);
  });

  it('vector indexes with dimension and metric', () => {
    const vectorIndexes = [vectorIndex('Doc', 'v', { dimension: 384, metric: 'euclidean' })];
    expect(statements(nodeTable('Doc', { vectorIndexes }))).toContain(
      'CREATE VECTOR INDEX `coco_vec_Doc__v` IF NOT EXISTS FOR (n:`Doc`) ON (n.`v`) ' +
        "OPTIONS { indexConfig: { `vector.dimensions`: 384, `vector.similarity_function`: 'euclidean' } }",
    );
  });

  it('an explicit name of a vector index is its name', () => {
    const vectorIndexes = [vectorIndex('Doc', 'v', { name: 'by_meaning' })];
    const [named] = desiredArtifacts(definition('kg', [nodeTable('Doc', { vectorIndexes })]));
    expect([named?.name, named && dropStatement(named)]).toEqual(['by_meaning', 'DROP INDEX `by_meaning` IF EXISTS']);
  });

  it('tables that users manage get none', () => {
    const vectorIndexes = [vectorIndex('Doc', 'v')];
    const doc = nodeTable('Doc', { managedBy: 'user', vectorIndexes });
    expect(statements(doc, relationTable('R', doc, doc, { managedBy: 'user' }))).toEqual([]);
  });

  it('two different artifacts of one name are refused', () => {
    const tables = [nodeTable('A__b', { primaryKey: 'c' }), nodeTable('A', { primaryKey: 'b__c' })];
    expect(() => statements(...tables)).toThrow('would both be named coco_uniq_A__b__c: rename one');
  });
});

describe('nothing but names in backticks gets into Cypher', () => {
  const bad = [
    '',
    ' a',
    'a ',
    'a`b',
    'a\\u0060b',
    'a\n',
    'a\u200b',
    'a\u2028b',
    'a\ud800',
    '__proto__',
    'x'.repeat(256),
  ];

  it.each(bad)('%j is refused as label, type, key, field and index name', name => {
    const plain = nodeTable('A');
    const tables = [
      nodeTable(name),
      nodeTable('A', { primaryKey: name }),
      relationTable(name, plain, plain),
      relationTable('R', plain, plain, { primaryKey: name }),
      nodeTable('A', { vectorIndexes: [vectorIndex('A', name)] }),
      nodeTable('A', { vectorIndexes: [vectorIndex('A', 'v', { name })] }),
    ];
    for (const table of tables) expect(() => statements(table)).toThrow('is not usable');
  });

  it.each(['a b', '1a', 'größe', 'biolink:Disease', '电影', "a' OR 1=1 //", 'a) DETACH DELETE (n:b'])(
    '%s stands in backticks',
    name => {
      const [statement] = statements(nodeTable(name, { primaryKey: name }));
      expect(statement).toBe(
        `CREATE CONSTRAINT \`coco_uniq_${name}__${name}\` IF NOT EXISTS FOR (n:\`${name}\`) REQUIRE n.\`${name}\` IS UNIQUE`,
      );
    },
  );

  it('a dimension that is no number is refused', () => {
    const vectorIndexes = [vectorIndex('A', 'v', { dimension: '1 } } //' as never })];
    expect(() => statements(nodeTable('A', { vectorIndexes }))).toThrow('has no dimension');
  });

  it('names read from the server are quoted or refused', () => {
    expect(dropStatement({ kind: 'index', name: 'any text' })).toBe('DROP INDEX `any text` IF EXISTS');
    expect(() => dropStatement({ kind: 'index', name: 'a` IF EXISTS //' })).toThrow("can't be quoted");
  });
});

/** Promise: extra labels have one form in fingerprint and definition, and a table without any is what it was before there were some. */
import { describe, expect, it } from 'vitest';
import { type AppliedTable, applied, combined, settled } from '../../lib/definition/applied-table.ts';
import { definitionHash, rowsOf, tableId } from '../../lib/definition/definition.ts';
import { packDeclaration, unpackDeclaration } from '../../lib/definition/packed-declaration.ts';
import { ContextKey, DefinitionError, flow, type Graph, type NodeTable } from '../../lib/index.ts';
import { nodeShape } from '../../lib/neo4j/statements/batch-statements.ts';
import { clearSome } from '../../lib/neo4j/statements/clear-statements.ts';
import { deleteNodes, upsertNodes } from '../../lib/neo4j/statements/node-statements.ts';
import { removeSome } from '../../lib/neo4j/statements/remove-statements.ts';

function define<T>(make: (graph: Graph) => T): T {
  let made: T | undefined;
  flow(new ContextKey('k'), graph => {
    made = make(graph);
  });
  return made as T;
}

function table(labels?: readonly string[]): NodeTable {
  return define(graph => graph.nodeTable('Person', labels === undefined ? {} : { labels }));
}

const person = table(['Vip', 'Customer', 'Vip']);

describe('a row', () => {
  const of = (labels?: readonly string[] | null) => person.declareRecord({ id: 1 }, { labels });

  it('has the labels that it is given, sorted and once, without the table’s own', () => {
    expect(of(['Vip', 'Customer', 'Vip', 'Person']).labels).toEqual(['Customer', 'Vip']);
    expect(of(['Vip', 'Customer'])).toEqual(of(['Customer', 'Vip', 'Customer', 'Person']));
  });

  it('is another with other labels', () => {
    const prints = [[], ['Vip'], ['Customer'], ['Customer', 'Vip']].map(labels => of(labels).fingerprint);
    expect(new Set(prints).size).toBe(4);
  });

  it('without labels is what it is in a table that names none', () => {
    const plain = table().declareRecord({ id: 1 });
    for (const labels of [undefined, null, [], ['Person']]) expect(of(labels)).toEqual(plain);
    expect(plain.fingerprint).toBe('AfjLY-zvES7ctiAx');
    expect('labels' in plain).toBe(false);
  });

  it.each([
    [['Guest', 'Vip'], 'Person.labels: got "Guest", but the table names Customer, Vip: add what is missing'],
    [[7], 'Person.labels: got 7, but the table names Customer, Vip'],
    ['Vip', 'Person.labels: got "Vip", expected a list of labels'],
  ])('is refused with %j', (labels, message) => {
    expect(() => person.declareRecord({ id: 1 }, { labels: labels as never })).toThrow(message);
  });

  it('of a table that names none is refused with any', () => {
    expect(() => table().declareRecord({ id: 1 }, { labels: ['Vip'] })).toThrow(
      'Person.labels: got "Vip", but the table names no labels but its own: add what is missing to its option labels',
    );
  });

  it('keeps its labels when it is packed', () => {
    for (const labels of [undefined, ['Vip']]) {
      const tables: string[] = [];
      expect(unpackDeclaration(packDeclaration(of(labels), tables), tables)).toEqual(of(labels));
    }
  });
});

describe('a definition', () => {
  it('has the labels sorted and once, and shows none where there is none', () => {
    expect(person.definition.labels).toEqual(['Customer', 'Vip']);
    expect('labels' in table([]).definition).toBe(false);
  });

  it('of a table without labels has the identity that it had', () => {
    const { definition } = flow(new ContextKey('k'), graph => {
      const { primaryKey: _ } = graph.nodeTable('Person');
      graph.source('*.csv', {}, () => null);
    });
    expect(definitionHash(definition)).toBe('d7FQx1Aeek5qPTWq2-oSQ2RE');
  });

  it('makes other rows with other labels, whatever their order', () => {
    expect(rowsOf(person.definition)).toEqual(rowsOf(table(['Customer', 'Vip']).definition));
    expect(rowsOf(person.definition)).not.toEqual(rowsOf(table(['Customer']).definition));
  });

  it.each<[string, (graph: Graph) => unknown, string]>([
    ['the table’s own label', g => g.nodeTable('A', { labels: ['A'] }), "labels: A is the table's own"],
    ['a label of graphdrop’s', g => g.nodeTable('A', { labels: ['_GraphdropGuest'] }), "graphdrop's own"],
    ['a label that can’t be quoted', g => g.nodeTable('A', { labels: ['x`y'] }), 'is not usable'],
    ['too many', g => g.nodeTable('A', { labels: Array.from({ length: 21 }, (_, n) => `L${n}`) }), 'at most 20'],
    [
      'labels of relations',
      g => g.relationTable('R', g.nodeTable('A'), g.nodeTable('B'), { labels: [] } as never),
      'labels',
    ],
    [
      'the label of a table before',
      g => [g.nodeTable('B', { managedBy: 'user' }), g.nodeTable('A', { labels: ['B'] })],
      'node table A: labels: B is a table of this flow',
    ],
    [
      'the label of a table after',
      g => [g.nodeTable('A', { labels: ['B'] }), g.nodeTable('B')],
      'node table A: labels: B is a table of this flow',
    ],
  ])('with %s is refused', (_, make, message) => {
    expect(() => define(make)).toThrow(message);
    expect(() => define(make)).toThrow(DefinitionError);
  });

  it('may name one extra label in several tables', () => {
    expect(() => define(g => [g.nodeTable('A', { labels: ['X'] }), g.nodeTable('B', { labels: ['X'] })])).not.toThrow();
  });
});

describe('a table as it is applied', () => {
  const [both, one, none] = [['X', 'Y'], ['Y'], []].map(labels => settled(table(labels).definition));

  it('has the labels of both definitions until its rows are settled', () => {
    expect(applied(table(['Y', 'Z']).definition, both)).toMatchObject({ labels: ['X', 'Y', 'Z'] });
    expect(applied(table().definition, both)).toMatchObject({ labels: ['X', 'Y'] });
    expect(combined(none as AppliedTable, one)).toMatchObject({ labels: ['Y'] });
  });

  it('without labels is what it was', () => {
    const plain = { kind: 'node', label: 'Person', primaryKey: 'id', managedBy: 'system', columns: null };
    expect(JSON.stringify(none)).toBe(JSON.stringify(plain));
    expect(JSON.stringify(combined(none as AppliedTable, none))).toBe(JSON.stringify(plain));
  });
});

describe('statements', () => {
  const textsOf = (labels: readonly string[]) => {
    const { definition } = table(labels);
    const shape = nodeShape(tableId(definition), new Map([[tableId(definition), settled(definition)]]));
    const row = table(labels).declareRecord({ id: 1 }, { labels: labels.slice(0, 1) });
    return [
      ...upsertNodes(shape, [row], { map: 'native' } as never),
      ...deleteNodes(shape, [1n]),
      clearSome(shape, { undeclared: ['a'], labels }),
      ...removeSome(settled(definition)),
    ];
  };

  it('of a table without labels are what they were', () => {
    expect(textsOf([]).map(({ text }) => text)).toEqual([
      'UNWIND $rows AS r MERGE (n:`Person` {`id`: r[0]}) SET n = r[1] REMOVE n:_GraphdropGuest RETURN count(DISTINCT r[0]) AS n',
      'UNWIND $rows AS k MATCH (n:`Person` {`id`: k}) WITH k, n, EXISTS { (n)--() } AS touched FOREACH (_ IN CASE WHEN touched THEN [1] ELSE [] END | SET n = {`id`: k}) FOREACH (_ IN CASE WHEN touched THEN [] ELSE [1] END | DELETE n) RETURN count(DISTINCT k) AS n',
      'UNWIND $rows AS kept MATCH (e:`Person`) WHERE e.`id` IS NOT NULL AND (e.`a` IS NOT NULL) WITH e LIMIT 10000 SET e += {`a`: null} RETURN count(*) AS n',
      'UNWIND $rows AS row MATCH (n:`Person`) WHERE n.`id` IS NOT NULL AND NOT n:_GraphdropGuest AND NOT EXISTS { (n)--() } WITH n LIMIT 10000 DELETE n RETURN count(*) AS n',
      'UNWIND $rows AS row MATCH (n:`Person`) WHERE n.`id` IS NOT NULL AND NOT n:_GraphdropGuest AND EXISTS { (n)--() } AND (size(keys(n)) > 1) WITH n LIMIT 10000 SET n = {`id`: n.`id`} RETURN count(*) AS n',
    ]);
    expect(textsOf([])[0]?.rows).toEqual([[1n, { id: 1n }]]);
  });

  it('have labels in quotes, and which of them a row has as a parameter', () => {
    const [upsert] = textsOf(['A b', "C'd"]);
    expect(upsert?.text).toContain(
      "REMOVE n:`A b`:`C'd` FOREACH (_ IN CASE WHEN r[2][0] THEN [1] ELSE [] END | SET n:`A b`)",
    );
    expect(upsert?.rows).toEqual([[1n, { id: 1n }, [true, false]]]);
  });
});

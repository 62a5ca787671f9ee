/** Promise: a file of nodes and relationships fills the tables that its source names, or says which row fits none. */
import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../lib/definition/declaration.ts';
import type { GraphElement } from '../../lib/files/graph/graph-element.ts';
import { ContextKey, flow, type Graph, type GraphSourceOptions, TableSchema } from '../../lib/index.ts';

type Tables = GraphSourceOptions['tables'];
const node = (id: string, labels: string[] | null, properties = {}): GraphElement => ({
  kind: 'node',
  id,
  labels,
  properties,
});
const edge = (type: string | null, start: object, end: object, more = {}): GraphElement =>
  ({ kind: 'relationship', id: null, type, start, end, properties: {}, ...more }) as GraphElement;

/** The function of a graph source of Person, Movie and ACTED_IN. */
function filler(options: Partial<GraphSourceOptions> = {}, choose: (tables: Tables) => Tables = tables => tables) {
  const graph = flow(new ContextKey('k'), g => {
    const person = g.nodeTable('Person', { primaryKey: 'personId' });
    const movie = g.nodeTable('Movie', {
      schema: TableSchema.of({ id: { type: 'INTEGER' }, title: { type: 'STRING' } }),
    });
    const actedIn = g.relationTable('ACTED_IN', person, movie);
    const likes = [g.relationTable('LIKES', person, movie), g.relationTable('LIKES', person, person)];
    g.source('*', { format: 'apoc', ...options, tables: choose([person, movie, actedIn, ...likes] as Tables) });
  });
  const declare = graph.sources[0]?.declare;
  return (element: GraphElement) => declare?.(element, { key: 'k', size: 1 }) as Declaration;
}

describe('a node', () => {
  it('goes to the table of its label, the file’s id is its key', () => {
    expect(filler()(node('7', ['Person'], { name: 'Ann' }))).toMatchObject({
      table: 'n:Person:personId',
      key: '7',
      values: { personId: '7', name: 'Ann' },
    });
  });

  it('has an id that is a number where the schema says so', () => {
    expect(filler()(node('007', ['Movie'], { title: 'Up' }))).toMatchObject({ table: 'n:Movie:id', key: 7n });
    expect(() => filler()(node('x7', ['Movie']))).toThrow(/Movie\.id: got string "x7", expected an integer/);
  });

  it('whose id the header says is a number needs a key that is one', () => {
    expect(filler()({ ...node('7', ['Movie']), idType: 'long' } as GraphElement).key).toBe(7n);
    expect(() => filler()({ ...node('7', ['Person']), idType: 'long' } as GraphElement)).toThrow(
      'Person.personId: the header says id-type long: give the table a schema whose key is INTEGER',
    );
  });

  it('of an undeclared label is refused, and the tables are named', () => {
    expect(() => filler()(node('7', ['Dog']))).toThrow(
      /Dog\.\*: is no node table of this source, which may fill Person, Movie/,
    );
    expect(() => filler()(node('7', []))).toThrow(/a node without labels/);
    expect(() => filler({}, ([person]) => [person] as Tables)(node('7', ['Movie']))).toThrow(/is no node table/);
  });

  it('with more labels than its table’s is refused, unless they go to a property', () => {
    expect(() => filler()(node('7', ['Actor', 'Person']))).toThrow(/Person\.\*: the node 7 is Actor too.*labelsAs/);
    expect(filler({ labelsAs: 'labels' })(node('7', ['Person', 'Actor'])).values.labels).toEqual(['Actor', 'Person']);
    const both = filler({ labelsAs: 'labels' }, ([person, movie]) => [movie, person] as Tables);
    expect(() => both(node('7', ['Person', 'Movie']))).toThrow(/Movie\.labels: no such column/);
  });

  it('of a file without labels goes to the only node table there is', () => {
    expect(filler({}, ([person]) => [person] as Tables)(node('7', null)).table).toBe('n:Person:personId');
    expect(() => filler()(node('7', null))).toThrow(/the file has no labels/);
  });

  it('whose property would be hidden by the file’s id is refused', () => {
    expect(() => filler()(node('7', ['Person'], { personId: 'p7' }))).toThrow(/personId: is both a property and the/);
    expect(filler()(node('7', ['Person'], { personId: '7' })).key).toBe('7');
  });
});

describe('an edge', () => {
  it('goes to the table of its type and its ends’ labels', () => {
    const likes = (label: string) =>
      filler()(edge('LIKES', { id: '1', labels: ['Person'] }, { id: '2', labels: [label] }));
    expect(likes('Movie')).toMatchObject({ table: 'r:LIKES:Person.personId:Movie.id:id', ends: { from: '1', to: 2n } });
    expect(likes('Person')).toMatchObject({ table: 'r:LIKES:Person.personId:Person.personId:id', ends: { to: '2' } });
    expect(() => likes('Dog')).toThrow(/an edge from Person 1 to Dog 2 fits 0 of the source's relation tables/);
  });

  it('whose ends have no labels goes to the only table of its type', () => {
    expect(filler()(edge('ACTED_IN', { id: '1' }, { id: '2' })).ends).toEqual({ from: '1', to: 2n });
    expect(() => filler()(edge('LIKES', { id: '1' }, { id: '2' }))).toThrow(/fits 2 of the source's relation tables/);
    expect(() => filler()(edge(null, { id: '1' }, { id: '2' }))).toThrow(/the file has no types/);
    expect(() => filler()(edge('KNOWS', { id: '1' }, { id: '2' }))).toThrow(/KNOWS\.\*: is no relation table/);
  });

  it('is told by groups that are labels', () => {
    const to = (group: string) => filler()(edge('LIKES', { id: '1', group: 'Person' }, { id: '2', group }));
    expect(to('Movie').table).toContain(':Movie.id');
    expect(to('Person').table).toContain('Person.personId:Person.personId');
    expect(() => filler()(edge('ACTED_IN', { id: '1', group: 'Movie' }, { id: '2' }))).toThrow(/from 1 in Movie/);
    expect(filler()(edge('ACTED_IN', { id: '1', group: 'Actor-ID' }, { id: '2', group: 'Movie-ID' })).ends?.to).toBe(
      2n,
    );
  });

  it('has the file’s id as its own key, so that edges beside each other stay apart', () => {
    const acted = (id: string) => filler()(edge('ACTED_IN', { id: '1' }, { id: '2' }, { id }));
    expect(acted('a')).toMatchObject({ key: 'a' });
    expect(acted('a').row).not.toBe(acted('b').row);
  });
});

describe('keys from properties', () => {
  const fill = filler({ keyFrom: 'properties' });
  it('are those of the primary key’s name, of nodes and of ends', () => {
    expect(fill(node('7', ['Person'], { personId: 'ann' })).key).toBe('ann');
    const [start, end] = [
      { id: '7', labels: ['Person'], properties: { personId: 'ann' } },
      { id: '8', labels: ['Movie'], properties: { id: 3 } },
    ];
    expect(fill(edge('ACTED_IN', start, end, { id: '5' })).ends).toEqual({ from: 'ann', to: 3n });
  });

  it('must be there', () => {
    expect(() => fill(node('7', ['Person']))).toThrow(/the node 7 has no such property/);
    const ends = { id: '7', labels: ['Person'] };
    expect(() => fill(edge('LIKES', ends, ends))).toThrow(
      /ACTED_IN|LIKES\.start: the end 7 has no property personId: export/,
    );
  });
});

describe('a graph source that can’t be meant fails at once', () => {
  const define = (options: object, declare?: () => null) => () =>
    flow(new ContextKey('k'), (g: Graph) => {
      const tables = [g.nodeTable('A')];
      g.source('*', { format: 'apoc', tables, ...options } as never, declare as never);
    });
  it.each<[string, object, RegExp]>([
    ['without tables', { tables: undefined }, /needs tables/],
    ['with a foreign table', { tables: [{}] }, /needs tables/],
    ['with an option of others', { record: {} }, /has no option record/],
    [
      'with keys from properties that no other format has',
      { format: 'neptune', keyFrom: 'id' },
      /for APOC's files only/,
    ],
    ['with keys from elsewhere', { keyFrom: 'x' }, /give 'id' or 'properties'/],
    ['with a bad property name', { labelsAs: 'a`b' }, /labelsAs "a`b" is not usable/],
    ['with a bad limit', { maxRecords: -1 }, /maxRecords is -1/],
  ])('%s', (_, options, message) => {
    expect(define(options)).toThrow(message);
  });

  it('with a function', () => {
    expect(define({}, () => null)).toThrow(/takes no function/);
  });

  it('and its tables are in its fingerprint', () => {
    const of = (label: string) =>
      flow(new ContextKey('k'), g => g.source('*', { format: 'apoc', tables: [g.nodeTable(label)] })).sources[0];
    expect(of('A')?.fingerprint).not.toBe(of('B')?.fingerprint);
  });
});

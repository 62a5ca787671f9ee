/** Promise: edges follow their files, whichever of edge and endpoints comes first or goes first. */
import { describe, expect } from 'vitest';
import { it } from './world-test.ts';

const ada = { id: 'ada', name: 'Ada', age: 36 };
const bob = { id: 'bob', name: 'Bob' };

describe('an edge that keeps its key', () => {
  it('moves with its endpoints: the old one goes, one is left', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'ada', to: 'bob', since: 1 }]);
    const report = await world.drop('knows/a.ndjson', [{ id: 'k', from: 'bob', to: 'cem', since: 1 }]);
    expect(report).toMatchObject({ transactions: 1, relationsUpserted: 1, relationsDeleted: 1 });
    expect(await world.knows()).toEqual([world.edge('bob', 'cem', { id: 'k', since: 1 })]);
  });

  it('moves between endpoints whose keys would be one text when joined', async ({ world }) => {
    await world.drop('people/a.ndjson', [{ id: 'a' }, { id: 'b\nsc' }, { id: 'a\nsb' }, { id: 'c' }]);
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'a', to: 'b\nsc' }]);
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'a\nsb', to: 'c' }]);
    expect(await world.knows()).toEqual([world.edge('a\nsb', 'c', { id: 'k' })]);
  });

  it('changes direction', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'ada', to: 'bob' }]);
    await world.drop('knows/a.ndjson', [{ id: 'k', from: 'bob', to: 'ada' }]);
    expect(await world.knows()).toEqual([world.edge('bob', 'ada', { id: 'k' })]);
  });

  it('may swap endpoints with another in one batch', async ({ world }) => {
    const swap = (a: string, b: string) => [
      { id: a, from: 'ada', to: 'bob' },
      { id: b, from: 'cem', to: 'dee' },
    ];
    await world.drop('knows/a.ndjson', swap('k', 'l'));
    await world.drop('knows/a.ndjson', swap('l', 'k'));
    expect(await world.knows()).toEqual([world.edge('ada', 'bob', { id: 'l' }), world.edge('cem', 'dee', { id: 'k' })]);
  });

  it('changes its properties where it is, and loses those that are not declared any more', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob', since: 1 }]);
    const report = await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    expect(report).toMatchObject({ relationsUpserted: 1, relationsDeleted: 0 });
    expect(await world.knows()).toEqual([world.edge('ada', 'bob')]);
  });

  it('may begin and end at the same node', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'ada' }]);
    expect(await world.knows()).toEqual([world.edge('ada', 'ada')]);
    await world.remove('knows/a.ndjson');
    expect(await world.people()).toEqual([]);
  });
});

describe('stubs', () => {
  it('go with the last edge that needs them', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.drop('knows/b.ndjson', [{ from: 'bob', to: 'cem' }]);
    await world.remove('knows/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'bob' }, { id: 'cem' }]);
    await world.remove('knows/b.ndjson');
    expect(await world.people()).toEqual([]);
  });

  it('stay while one edge of theirs goes and another comes', async ({ world }) => {
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'cem' }]);
    expect(await world.people()).toEqual([{ id: 'ada' }, { id: 'cem' }]);
  });

  it('are what is left of a node whose row goes while an edge needs it', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.remove('people/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada' }, { id: 'bob' }]);
    await world.remove('knows/a.ndjson');
    expect(await world.people()).toEqual([]);
  });

  it('go at once when row and edge go in one batch', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.delete('people/a.ndjson');
    await world.delete('knows/a.ndjson');
    expect(await world.sync(['people/a.ndjson', 'knows/a.ndjson'])).toMatchObject({ transactions: 1 });
    expect(await world.people()).toEqual([]);
  });

  it('are never made of nodes that files declare', async ({ world }) => {
    await world.drop('people/a.ndjson', [ada, bob]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.remove('knows/a.ndjson');
    expect(await world.people()).toEqual([ada, bob]);
  });
});

describe('what others put into the graph', () => {
  it('keeps a node as a bare stub while an edge of theirs touches it', async ({ world }) => {
    const { person } = world.labels;
    await world.drop('people/a.ndjson', [ada]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'bob' }]);
    await world.query(`MATCH (p:${person} {id: 'ada'}) CREATE (:Foreign_${world.name})-[:LIKES]->(p)`);
    await world.remove('people/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada' }, { id: 'bob' }]);
    await world.remove('knows/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada' }]);
    await world.drop('people/a.ndjson', [ada]);
    expect(await world.people()).toEqual([ada]);
    expect(await world.query(`MATCH (:Foreign_${world.name})-[:LIKES]->(p) RETURN p.name AS name`)).toEqual([
      { name: 'Ada' },
    ]);
  });

  it('keeps properties that are no columns of the table’s schema', async ({ world }) => {
    const { person, knows } = world.labels;
    await world.drop('people/a.ndjson', [ada]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'ada', since: 1 }]);
    await world.query(`MATCH (p:${person} {id: 'ada'})-[e:${knows}]->() SET p.score = 7, e.score = 8`);
    await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
    await world.drop('knows/a.ndjson', [{ from: 'ada', to: 'ada' }]);
    expect(await world.people()).toEqual([{ id: 'ada', name: 'Ada', score: 7 }]);
    expect(await world.knows()).toEqual([world.edge('ada', 'ada', { score: 8 })]);
    await world.remove('people/a.ndjson');
    expect(await world.people()).toEqual([{ id: 'ada', score: 7 }]);
  });
});

describe('keys', () => {
  it('are told by type as Neo4j does: 1 and 1.0 are one, 1 and "1" are two, 0 and -0 are one', async ({ world }) => {
    const rows = '{"id":1,"name":"integer"}\n{"id":"1","name":"text"}\n{"id":1.0,"name":"float"}\n';
    await world.drop(
      'people/a.ndjson',
      `${rows}{"id":-0,"name":"minus"}\n{"id":0,"name":"zero"}\n{"id":0.5,"name":"h"}`,
    );
    expect(await world.people()).toEqual([
      { id: '1', name: 'text' },
      { id: 0, name: 'zero' },
      { id: 0.5, name: 'h' },
      { id: 1, name: 'float' },
    ]);
    await world.drop('knows/a.ndjson', '{"from":1.0,"to":"1"}\n{"from":"1","to":-0.0}\n{"from":0,"to":0.5}');
    expect(await world.knows()).toEqual([world.edge('1', 0), world.edge(0, 0.5), world.edge(1, '1')]);
    expect(await world.people()).toHaveLength(4);
    await world.remove('people/a.ndjson');
    await world.remove('knows/a.ndjson');
    expect(await world.graph()).toEqual({ people: [], notes: [], knows: [] });
    expect(await world.root()).toBe('');
  });

  it('of endpoints do not collide when they are joined: typed or with the separator in them', async ({ world }) => {
    const label = world.labels.person;
    const pairs = [
      { from: 'a', to: `b_${label}_c`, since: 1 },
      { from: `a_${label}_b`, to: 'c', since: 2 },
      { from: 1, to: 2, since: 3 },
      { from: '1', to: '2', since: 4 },
    ];
    await world.drop('knows/a.ndjson', pairs);
    expect(await world.knows()).toHaveLength(4);
    await world.drop('knows/a.ndjson', pairs.slice(1, 3));
    expect(await world.knows()).toEqual([
      world.edge(`a_${label}_b`, 'c', { since: 2 }),
      world.edge(1, 2, { since: 3 }),
    ]);
  });
});

/** Promise: each kind of drift is named exactly, repaired, and nothing else is touched. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { World } from '../sync/world.ts';
import { differences, repairAll, verifyAll } from './verified.ts';

const files: Readonly<Record<string, object[]>> = {
  'people/a.ndjson': [
    { id: 'ada', name: 'Ada', age: 36 },
    { id: 'bob', name: 'Bob' },
    { id: 1, name: 'One' },
    { id: '1', name: 'Text' },
  ],
  'people/b.ndjson': [{ id: 'ada', name: 'Countess' }],
  'knows/a.ndjson': [
    { from: 'ada', to: 'bob', since: 1 },
    { from: 'ada', to: 'stub' },
    { id: 'k', from: 'bob', to: 1, since: 2 },
  ],
  'notes/a.ndjson': [{ id: 'n', rev: 1, text: 'x', tags: ['a', 'b'], score: 1.5, about: { b: 1, a: [1] } }],
};

/** Makes foreign nodes, edges and properties, which no repair may touch. */
async function makeForeign(world: World): Promise<void> {
  const { person, name } = { ...world.labels, name: world.name };
  await world.query(
    `MATCH (a:${person} {id: 'ada'}), (s:${person} {id: 'stub'})
     SET a.theirs = 'own', s.theirs = 'own'
     CREATE (f:Foreign_${name} {id: 'f', theirs: 1})-[:LIKES_${name} {why: 'own'}]->(a), (f)-[:LIKES_${name}]->(s)
     CREATE (kept:${person} {id: 'kept', theirs: 2})<-[:LIKES_${name}]-(f)`,
  );
}

async function everything(world: World): Promise<object> {
  const foreign = await world.query(
    `MATCH (f:Foreign_${world.name})-[l]->(x) RETURN properties(f) AS f, type(l) AS type, properties(l) AS l, x.id AS x, x.theirs AS theirs ORDER BY x`,
  );
  return { ...(await world.graph()), foreign };
}

interface Case {
  readonly what: string;
  /** Cypher with `$person`, `$knows`, `$note` for the labels. */
  readonly edit: string;
  readonly finds: Readonly<Record<string, unknown>>;
}

const edits: Case[] = [
  { what: 'a node that is gone', edit: `MATCH (n:$person {id: '1'}) DELETE n`, finds: { 'people missing': ['s1'] } },
  {
    what: 'a node that is gone with its edges',
    edit: `MATCH (n:$person {id: 'bob'}) DETACH DELETE n`,
    finds: { 'people missing': ['sbob'], 'knows missing': ['sada > sbob', 'sk: sbob > i1'] },
  },
  {
    what: 'a stub that is gone with its edge and the foreign edge',
    edit: `MATCH (n:$person {id: 1}) DETACH DELETE n`,
    finds: { 'people missing': ['i1'], 'knows missing': ['sk: sbob > i1'] },
  },
  {
    what: 'a changed property',
    edit: `MATCH (n:$person {id: 'ada'}) SET n.name = 'Eve'`,
    finds: { 'people altered': ['sada name'] },
  },
  {
    what: 'a property that was not there and one that was',
    edit: `MATCH (n:$person {id: 'bob'}) SET n.age = 1, n.name = null`,
    finds: { 'people altered': ['sbob age,name'] },
  },
  {
    what: 'a value of another type',
    edit: `MATCH (n:$person {id: 1}) SET n.id = 1.0`,
    finds: { 'people altered': ['i1 id'] },
  },
  {
    what: 'a foreign property, which the schema does not have',
    edit: `MATCH (n:$person {id: 'bob'}) SET n.other = 1 REMOVE n.other`,
    finds: {},
  },
  {
    what: 'a property more where there is no schema',
    edit: `MATCH (n:$note {id: 'n'}) SET n.other = 1, n.score = 2`,
    finds: { 'notes altered': ['sn other,score'] },
  },
  {
    what: 'a list in another order, and JSON text with a space',
    edit: `MATCH (n:$note {id: 'n'}) SET n.tags = ['b', 'a'], n.about = '{"a":[1], "b":1}'`,
    finds: { 'notes altered': ['sn about,tags'] },
  },
  {
    what: 'values of types that files never give',
    edit: `MATCH (n:$note {id: 'n'}) SET n.text = date(), n.score = duration('P1D'), n.tags = point({x: 1, y: 2})`,
    finds: { 'notes altered': ['sn score,tags,text'] },
  },
  {
    what: 'a changed edge',
    edit: `MATCH ()-[e:$knows {since: 1}]->() SET e.since = 1.0`,
    finds: { 'knows altered': ['sada > sbob since'] },
  },
  {
    what: 'an edge that is gone',
    edit: `MATCH ()-[e:$knows {since: 1}]->() DELETE e`,
    finds: { 'knows missing': ['sada > sbob'] },
  },
  {
    what: 'an edge with a key between other endpoints',
    edit: `MATCH (a)-[e:$knows {id: 'k'}]->(), (c:$person {id: 'ada'}) CREATE (a)-[f:$knows]->(c) SET f = properties(e) DELETE e`,
    finds: { 'knows misplaced': ['sk: sbob > i1 (sbob > sada)'] },
  },
  {
    what: 'an edge without a key of its own between other endpoints',
    edit: `MATCH (a)-[e:$knows {since: 1}]->(b) CREATE (b)-[f:$knows]->(a) SET f = properties(e) DELETE e`,
    finds: { 'knows missing': ['sada > sbob'], 'knows undeclared': ['sbob > sada'] },
  },
  {
    what: 'an edge once more',
    edit: `MATCH (a)-[e:$knows {since: 1}]->(b) CREATE (a)-[f:$knows]->(b) SET f = properties(e)`,
    finds: { 'knows undeclared': ['sada > sbob'] },
  },
  {
    what: 'an edge once more with other properties',
    edit: `MATCH (a)-[e:$knows {since: 1}]->(b) CREATE (a)-[f:$knows]->(b) SET f = properties(e), f.since = 7`,
    finds: { 'knows altered': ['sada > sbob since'], 'knows undeclared': ['sada > sbob'] },
  },
  {
    what: 'an edge with a key that is there, and between other endpoints as well',
    edit: `MATCH (a)-[e:$knows {id: 'k'}]->(b) CREATE (b)-[f:$knows]->(a) SET f = properties(e)`,
    finds: { 'knows undeclared': ['sk: i1 > sbob'] },
  },
  {
    what: 'an edge that no file declares, with a node that is there for it',
    edit: `MATCH (a:$person {id: 'bob'}) CREATE (a)-[:$knows {id: 'x'}]->(:$person {id: 'zoe'})`,
    finds: { 'knows undeclared': ['sx: sbob > szoe'] },
  },
  {
    what: 'a node that no file declares',
    edit: `CREATE (:$person {id: 'eve', name: 'Eve'}), (:$person {id: true, name: 'T'}), (:$person {id: 2.5, name: 'F'}), (:$note {id: 'o', text: ''})`,
    finds: { 'people undeclared': ['btrue', 'f2.5', 'seve'], 'notes undeclared': ['so'] },
  },
  {
    what: 'a bare node that no edge needs',
    edit: `CREATE (:$person {id: 'lost', theirs: 1}), (:$note {id: 'lost'})`,
    finds: { 'people stubs': ['slost'], 'notes stubs': ['slost'] },
  },
  {
    what: 'a stub with values',
    edit: `MATCH (n:$person {id: 'stub'}) SET n.name = 'By hand'`,
    finds: { 'people undeclared': ['sstub'] },
  },
  {
    what: 'a node with another key',
    edit: `MATCH (n:$person {id: '1'}) SET n.id = '2'`,
    finds: { 'people missing': ['s1'], 'people undeclared': ['s2'] },
  },
  {
    what: 'rows without a key, or with one that no row can have',
    edit: `MATCH (a:$person {id: 'bob'}) CREATE (:$person {name: 'x'}), (:$person {id: [1]}), (:$person {id: 0.0 / 0.0}), (:$note {id: date()}),
           (a)-[:$knows]->(a), (a)-[:$knows {id: 'z'}]->(:$person)`,
    finds: { 'people unkeyed': 4, 'notes unkeyed': 1, 'knows unkeyed': 2 },
  },
  {
    what: 'all of a table gone',
    edit: `MATCH (n:$note) DELETE n`,
    finds: { 'notes missing': ['sn'] },
  },
];

describe('drift is named, repaired, and nothing else is touched:', () => {
  let world: World;
  let right: object;
  let root: string;

  beforeAll(async () => {
    world = await World.create();
    for (const [key, records] of Object.entries(files)) await world.put(key, records);
    await world.sync(Object.keys(files));
    await makeForeign(world);
    right = await everything(world);
    root = await world.root();
  });
  afterAll(async () => await world.close());

  it('without drift nothing is found', async () => {
    expect(await verifyAll(world.worker())).toMatchObject({ clean: true, report: { tables: {}, rows: 8 } });
    // By fingerprints alone: without keys to tell, no file is read.
    expect(await verifyAll(world.worker(), { samples: 0 })).toMatchObject({ clean: true });
  });

  it.each(edits)('$what', async ({ edit, finds }) => {
    const { person, knows, note } = world.labels;
    await world.query(edit.replaceAll('$person', person).replaceAll('$knows', knows).replaceAll('$note', note));
    const worker = world.worker();
    const looked = await verifyAll(worker);
    expect(differences(world, looked.report)).toEqual(finds);
    expect(looked.clean).toBe(Object.keys(finds).length === 0);
    const { report } = await repairAll(world, worker);
    expect(differences(world, report)).toEqual(finds);
    expect(await everything(world)).toEqual(right);
    expect(await world.root()).toBe(root);
    expect(await verifyAll(worker)).toMatchObject({ clean: true, report: { tables: {}, rows: 8 } });
  });
});

/** Promise: explain tells what the database has of a row: stubs and the edges that hold them, properties that are not managed. */
import { expect } from 'vitest';
import { explainRow } from '../../lib/insight/explain-row.ts';
import { it } from '../sync/world-test.ts';

it('tells a stub by the edges that hold it, and what people added to a node', async ({ world }) => {
  const { person, knows } = world.labels;
  await world.drop('people/a.ndjson', [{ id: 'ada', name: 'Ada' }]);
  await world.drop('knows/k.ndjson', [
    { from: 'ada', to: 'bob' },
    { from: 'ada', to: 'ada' },
  ]);
  await world.query(`MATCH (n:${person} {id: 'ada'}) SET n.nickname = 'Enchantress'`);
  const scope = world.worker();
  const [ada] = await explainRow(scope, { name: person, key: 'ada' });
  expect(ada?.graph).toMatchObject({
    copies: 1,
    isStub: false,
    unmanaged: ['nickname'],
    properties: ['id', 'name', 'nickname'],
  });
  const edge = (to: string) => ({
    table: `(:${person})-[:${knows}]->(:${person})`,
    type: knows,
    from: { label: person, key: 'ada' },
    to: { label: person, key: to },
    declaredBy: 'knows/k.ndjson',
  });
  const edges = typeof ada?.graph === 'object' ? (ada.graph?.edges ?? []) : [];
  expect([...edges].sort((a, b) => (a.to.key < b.to.key ? -1 : 1))).toEqual([edge('ada'), edge('bob')]);
  const [bob] = await explainRow(scope, { name: person, key: 'bob' });
  expect(bob).toMatchObject({ owners: 0, graph: { isStub: true, edges: [edge('bob')] } });
  const [nobody] = await explainRow(scope, { name: person, key: 'nobody' });
  expect(nobody).toMatchObject({ owners: 0, graph: null });
  const [known] = await explainRow(scope, { name: knows, ends: { from: 'ada', to: 'bob' } });
  expect(known).toMatchObject({ owners: 1, graph: { copies: 1, unmanaged: [], edges: [] } });
});

import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const condition = graph.nodeTable('Medical-Condition');
  const disease = graph.nodeTable('biolink:Disease', { primaryKey: 'the name' });
  const film = graph.nodeTable('电影');
  const isA = graph.relationTable('is a', condition, disease, { primaryKey: 'the key' });
  graph.source('people.csv', {}, row => [
    condition.declareRecord({ id: row.id }),
    disease.declareRecord({ 'the name': row['first name'] }),
    film.declareRecord({ id: row['a.b'] }),
    isA.declareRelation({ fromId: row.id as string, toId: row['first name'] as string, record: { since: row.größe } }),
  ]);
};

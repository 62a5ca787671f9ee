import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person');
  const knows = graph.relationTable('KNOWS', person, person);
  graph.source('*edges.csv', { format: 'csv' }, row =>
    knows.declareRelation({ fromId: row.from ?? '', toId: row.to ?? '' }),
  );
  graph.source('*nodes.csv', {}, row => person.declareRecord(row));
};

import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person');
  const company = graph.nodeTable('Company');
  const worksAt = graph.relationTable('WORKS_AT', person, company);
  graph.source('*.csv', { format: 'csv', nullValues: ['\\N', 'NULL'], onInvalid: 'skip' }, row =>
    worksAt.declareRelation({ fromId: row.from ?? '', toId: row.to as never }),
  );
};

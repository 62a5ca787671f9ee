import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('P', { primaryKey: 'pid' });
  const person = graph.nodeTable('Person');
  graph.source('p-admin*.csv', { format: 'neo4j-admin', tables: [table] });
  graph.source('people*.csv', {}, row => person.declareRecord(row));
};

import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person', { primaryKey: 'pid' });
  graph.source('*.csv', { format: 'neo4j-admin', tables: [person], labelsAs: 'labels' });
};

import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('P', { primaryKey: 'pid' });
  graph.source('people-part-*.csv', { format: 'neo4j-admin', tables: [table], header: [':ID', 'name', ':LABEL'] });
};

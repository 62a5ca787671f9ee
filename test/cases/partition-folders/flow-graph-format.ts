import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const city = graph.nodeTable('City');
  graph.source('graph/**/*.csv', { format: 'neo4j-admin', tables: [city], partitions: true });
};

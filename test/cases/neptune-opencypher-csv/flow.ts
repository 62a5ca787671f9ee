import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const node = graph.nodeTable('P', { primaryKey: 'pid' });
  const edge = graph.relationTable('R', node, node);
  graph.source('*.csv', { format: 'neptune', tables: [node, edge] });
};

import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person', { primaryKey: 'pid', labels: ['Customer', 'VIP guest'] });
  graph.source('*.csv', { format: 'neptune', tables: [person] });
};

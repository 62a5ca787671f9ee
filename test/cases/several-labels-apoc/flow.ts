import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person', { primaryKey: 'pid', labels: ['Customer', 'Vip'] });
  const knows = graph.relationTable('KNOWS', person, person);
  graph.source('*.json', { format: 'apoc', tables: [person, knows] });
};

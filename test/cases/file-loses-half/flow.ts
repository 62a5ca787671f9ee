import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person');
  graph.source('people.csv', { maxShrink: 0.5 }, row => person.declareRecord(row));
};

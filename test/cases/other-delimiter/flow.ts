import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const person = graph.nodeTable('Person');
  graph.source('*.csv', {}, row => person.declareRecord(row));
};

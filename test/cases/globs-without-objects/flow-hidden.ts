import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable('E');
  graph.source('**/*.csv', {}, row => table.declareRecord(row));
  graph.source('docs/*.csv', {}, row => table.declareRecord(row));
};

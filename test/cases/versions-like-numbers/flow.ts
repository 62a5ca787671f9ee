import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const source = graph.nodeTable('Source');
  graph.source('*.csv', {}, row => source.declareRecord(row));
};

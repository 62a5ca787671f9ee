import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const score = graph.nodeTable('Score');
  graph.source('*.ndjson', {}, row => score.declareRecord(row));
};

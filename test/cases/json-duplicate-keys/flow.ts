import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const event = graph.nodeTable('Event');
  graph.source('**/*.ndjson', {}, row => event.declareRecord(row));
};

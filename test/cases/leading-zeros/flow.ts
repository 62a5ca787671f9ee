import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const office = graph.nodeTable('Office', { primaryKey: 'zip' });
  graph.source('offices*.csv', {}, row => office.declareRecord(row));
};

import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const item = graph.nodeTable('Item');
  const edge = graph.relationTable('R', item, item);
  // As the label is in this run.
  const end = (text = '') => text.replaceAll('Item', item.label);
  graph.source('*.csv', { format: 'csv' }, row => edge.declareRelation({ fromId: end(row.from), toId: end(row.to) }));
};

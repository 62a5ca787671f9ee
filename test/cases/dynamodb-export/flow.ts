import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const user = graph.nodeTable('User', { primaryKey: 'pk' });
  graph.source('AWSDynamoDB/*/data/*.json.gz', { format: 'dynamodb' }, row => user.declareRecord(row as never));
};

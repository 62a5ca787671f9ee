import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const user = graph.nodeTable('User', { primaryKey: '_id' });
  graph.source('users.json', { extendedJson: true }, row => user.declareRecord(row));
};

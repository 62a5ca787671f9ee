import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const table = graph.nodeTable<{ at: unknown }>('X', { versionBy: 'at' });
  graph.source('*.parquet', {}, row => table.declareRecord(row as never));
};

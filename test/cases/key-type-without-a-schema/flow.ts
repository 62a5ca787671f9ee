import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const station = graph.nodeTable('Station');
  const line = graph.relationTable('LINE', station, station);
  graph.source('*.ndjson', {}, row => station.declareRecord(row));
  graph.source('*.csv', { format: 'csv' }, row =>
    line.declareRelation({ fromId: row.from as string, toId: row.to as string }),
  );
};

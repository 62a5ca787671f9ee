import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const station = graph.nodeTable('Station', { schema: TableSchema.from(z.object({ id: z.int(), name: z.string() })) });
  const line = graph.relationTable('LINE', station, station);
  graph.source('stations*.ndjson', {}, row => station.declareRecord(row as never));
  graph.source('lines*.csv', {}, row => line.declareRelation({ fromId: row.from as never, toId: row.to as never }));
};

import { z } from 'zod';
import { type Graph, TableSchema } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const record = z.object({ op: z.string(), id: z.int(), v: z.string().optional(), ts: z.int() });
  const row = graph.nodeTable('Row', {
    schema: TableSchema.from(z.object({ id: z.int(), v: z.string().optional(), ts: z.int() })),
    versionBy: 'ts',
  });
  graph.source('*.ndjson', { record }, ({ op, ...rest }) =>
    op === 'D' ? row.declareAbsent(rest) : row.declareRecord(rest),
  );
};

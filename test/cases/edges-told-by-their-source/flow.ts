import { z } from 'zod';
import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const image = graph.nodeTable('Image');
  const repo = graph.nodeTable('Repo');
  const builtFrom = graph.relationTable('BUILT_FROM', image, repo);
  const record = z.object({ scope: z.string(), image: z.string(), repo: z.string() });
  graph.source('*.ndjson', { record }, row =>
    builtFrom.declareRelation({ fromId: row.image, toId: row.repo, record: { id: row.scope } }),
  );
};

import { z } from 'zod';
import type { Graph } from '../../../lib/index.ts';

export default (graph: Graph): void => {
  const doc = graph.nodeTable('Doc');
  const entity = graph.nodeTable('Entity');
  const mentions = graph.relationTable('MENTIONS', doc, entity);
  graph.source('docs/*.ndjson', { record: z.object({ doc: z.string(), entity: z.string() }) }, row => [
    doc.declareRecord({ id: row.doc }),
    entity.declareRecord({ id: row.entity }),
    mentions.declareRelation({ fromId: row.doc, toId: row.entity }),
  ]);
};

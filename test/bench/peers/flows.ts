import { z } from 'zod';
import { ContextKey, type Flow, flow, TableSchema, VectorSchema } from '../../../lib/index.ts';

const Synset = z.object({ id: z.string(), pos: z.string(), lemma: z.string(), gloss: z.string() });
const RelationRow = z.object({ id: z.string(), kind: z.string(), weight: z.int() });
const RelationRecord = RelationRow.extend({ from: z.string(), to: z.string() });

/** Synsets and relations, or any rows of their shape: `nodes/*.ndjson`, or as `nodes` says, and `edges/*.ndjson`. */
export function wordnetFlow(name: string, nodes = 'nodes/*.ndjson'): Flow {
  return flow(new ContextKey(name), graph => {
    const synset = graph.nodeTable(`Synset_${name}`, { schema: TableSchema.from(Synset) });
    const relation = graph.relationTable(`REL_${name}`, synset, synset, { schema: TableSchema.from(RelationRow) });
    graph.source(nodes, { record: Synset }, record => synset.declareRecord(record));
    graph.source('edges/*.ndjson', { record: RelationRecord }, ({ from, to, ...record }) =>
      relation.declareRelation({ fromId: from, toId: to, record }),
    );
  });
}

export const DIMENSION = 384;

const Document = z.object({
  id: z.string(),
  vector: z.array(z.number()).meta({ neo4jType: new VectorSchema(DIMENSION) }),
});

/** Documents with vectors, `docs/*.ndjson`. */
export function vectorFlow(name: string, indexed: boolean): Flow {
  return flow(new ContextKey(name), graph => {
    const document = graph.nodeTable(`Doc_${name}`, { schema: TableSchema.from(Document) });
    if (indexed) document.vectorIndex({ field: 'vector', dimension: DIMENSION, metric: 'cosine' });
    graph.source('docs/*.ndjson', { record: Document }, record => document.declareRecord(record));
  });
}

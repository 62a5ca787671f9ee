import { ContextKey, type Flow, flow, type SourceOptions } from '../../lib/index.ts';

export interface Chunk {
  readonly id: string;
  readonly text: string;
}

export type CostlyOptions = Pick<SourceOptions<never>, 'memo' | 'concurrency' | 'timeoutMs' | 'onInvalid'>;

/** A flow whose function stands for a costly one: it tells of each call. @param cost may wait, or fail */
export function costlyFlow(
  options: CostlyOptions,
  cost: (chunk: Chunk) => unknown,
  label = 'Chunk',
  context = 'costly',
): Flow {
  return flow(new ContextKey(context), graph => {
    const chunk = graph.nodeTable<Chunk & { readonly v: number[] }>(label);
    graph.source('**/*.ndjson', options, async record => {
      const { id, text } = record as unknown as Chunk;
      await cost({ id, text });
      return chunk.declareRecord({ id, text, v: [text.length, 1, 0] });
    });
  });
}

export function chunks(count: number, text: (n: number) => string = n => `paragraph ${n}`): Chunk[] {
  return Array.from({ length: count }, (_, n) => ({ id: `c${n}`, text: text(n) }));
}

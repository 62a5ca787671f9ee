import { z } from 'zod';
import { ContextKey, type Flow, flow } from '../../lib/index.ts';

const Person = z.object({ id: z.string(), name: z.string() });
const Pair = z.object({ from: z.string(), to: z.string() });

export interface TenantOptions {
  /** Label of the people. Default: one of the tenant's own. */
  readonly person?: string;
  /** Relationship type of acquaintances; tenants may share it. */
  readonly knows?: string;
  /** A further table. */
  readonly extra?: string;
  readonly adopt?: boolean;
}

/** A tenant's people and their acquaintances, from the tenant's own folder: `<name>/people/*.ndjson`, `<name>/knows/*.ndjson`. */
export function tenantFlow(name: string, options: TenantOptions = {}): Flow {
  const { person = `Person_${name}`, knows = `KNOWS_${name}`, extra, adopt = false } = options;
  return flow(new ContextKey(name), graph => {
    const people = graph.nodeTable<{ id: string }>(person, { adopt });
    const pairs = graph.relationTable(knows, people, people);
    graph.source(`${name}/people/*.ndjson`, { record: Person }, record => people.declareRecord(record));
    graph.source(`${name}/knows/*.ndjson`, { record: Pair }, ({ from, to }) =>
      pairs.declareRelation({ fromId: from, toId: to }),
    );
    if (extra !== undefined) graph.nodeTable(extra, { adopt });
  });
}

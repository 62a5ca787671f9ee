import { quoted } from '../../values/identifier.ts';
import { type GraphDatabase, WHOLE_TABLE_MS } from '../graph-database.ts';
import type { Artifact } from './schema.ts';

/** Keys named in a message, and nodes of each. */
const NAMED = 3;

/** Names keys that several nodes have, which makes a uniqueness constraint impossible; null: there are none. */
export async function duplicateKeys(graph: GraphDatabase, artifact: Artifact): Promise<string | null> {
  if (artifact.kind !== 'constraint') return null;
  const [label, property] = [quoted(artifact.entity), quoted(artifact.property)];
  // Counting alone needs little memory for a key; ids are collected only of the few that are named.
  const text = `MATCH (n:${label}) WHERE n.${property} IS NOT NULL
     WITH n.${property} AS key, count(*) AS nodes ORDER BY nodes DESC WHERE nodes > 1
     WITH collect({key: key, nodes: nodes}) AS every
     UNWIND every[..${NAMED}] AS one
     RETURN size(every) AS keys, one.key AS key, one.nodes AS nodes,
            COLLECT { MATCH (m:${label}) WHERE m.${property} = one.key RETURN elementId(m) LIMIT ${NAMED} } AS ids`;
  const found = await graph.query(text, {}, WHOLE_TABLE_MS).catch(() => []); // the server's own words will have to do
  if (found.length === 0) return null;
  const some = found.map(({ key, nodes, ids }) => {
    const value = typeof key === 'string' ? JSON.stringify(key.slice(0, 60)) : String(key);
    return `${value} (${nodes} nodes, ids ${(ids as string[]).join(', ')}${Number(nodes) > NAMED ? ', …' : ''})`;
  });
  return (
    `${found[0]?.keys} of its keys are those of several ${artifact.entity} nodes: ${some.join('; ')}${Number(found[0]?.keys) > NAMED ? '; …' : ''}; ` +
    'leave one node of each key and deploy again'
  );
}

/**
 * Labels that the worlds of a worker have one after another. Neo4j plans a statement anew for labels that it hasn't seen, and all
 * statements once something of the schema changes: with labels and constraints of their own, tests spent a third of their time on that.
 */
import type { PeopleLabels } from './people-flow.ts';

type Query = (text: string, parameters?: object) => Promise<Record<string, unknown>[]>;

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const taken = new Set<string>();

/** Takes what the labels of a world end with: no other that is open has the same, in this run or another one on the same server. */
export function takeEnding(): string {
  const worker = `t${process.ppid}w${process.env.VITEST_POOL_ID ?? process.pid}`;
  const ending = LETTERS.map(letter => `${worker}${letter}`).find(it => !taken.has(it));
  if (ending === undefined) throw new Error(`${LETTERS.length} worlds are open at once: close those that are done`);
  taken.add(ending);
  return ending;
}

/** Gives an ending back. */
export function freeEnding(ending: string): void {
  taken.delete(ending);
}

/** Removes from the database what the world before left. @param kept names of constraints and indexes that stay */
export async function emptyLabels(query: Query, labels: PeopleLabels, kept: readonly string[]): Promise<void> {
  const { person, note, knows } = labels;
  const names = [person, note, knows];
  await query(
    `CALL () { MATCH (f:_Graphdrop) WHERE any(c IN coalesce(f.claims, []) + coalesce(f.labels, []) WHERE any(name IN $names WHERE c CONTAINS name)) DELETE f }
     CALL () { MATCH ()-[e:${knows}]->() DELETE e }
     CALL () { MATCH (n:${person}|${note}) DETACH DELETE n }`,
    { names },
  );
  const others = await query(
    `SHOW INDEXES YIELD name, labelsOrTypes, owningConstraint
     WHERE any(label IN labelsOrTypes WHERE label IN $names) AND NOT name IN $kept RETURN name, owningConstraint`,
    { names, kept },
  );
  for (const { name, owningConstraint } of others)
    await query(`DROP ${owningConstraint === null ? 'INDEX' : 'CONSTRAINT'} \`${name}\``);
}

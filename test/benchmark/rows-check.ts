import { item } from '../bench/data/rows.ts';
import { connectionTo } from '../support/connection.ts';
import type { Neo4jAddress } from '../support/neo4j.ts';
import { changedNumbers, EDITION, type Rows } from './rows-file.ts';

/** Rows that are looked at one by one, where none is changed. */
const SOME = 100;

/** Compares the graph with the rows of the object. @returns what is wrong */
export async function faultsOfGraph(neo4j: Neo4jAddress, label: string, rows: Rows): Promise<string[]> {
  const connection = connectionTo(neo4j);
  const { graph } = connection;
  try {
    const [all] = await graph.query(`MATCH (n:${label}) RETURN count(n) AS nodes`, {});
    const [some] = await graph.query(`MATCH (n:${label}) WHERE n.gloss STARTS WITH $edition RETURN count(n) AS nodes`, {
      edition: EDITION,
    });
    const { count, changed } = rows;
    const numbers = changed > 0 ? changedNumbers(rows) : changedNumbers({ count, changed: Math.min(SOME, count) });
    const wanted = numbers.map(number => item(number, changed > 0 ? EDITION : ''));
    const [exact] = await graph.query(
      `UNWIND $wanted AS row MATCH (n:${label} {id: row.id}) WHERE properties(n) = row RETURN count(n) AS nodes`,
      { wanted },
    );
    return [
      ...fault('nodes of the label', count, all),
      ...fault('nodes with a changed gloss', changed, some),
      ...fault('nodes that are as their rows, of those looked at', wanted.length, exact),
    ];
  } finally {
    await connection.close();
  }
}

function fault(what: string, wanted: number, answer: Readonly<Record<string, unknown>> | undefined): string[] {
  const found = Number(answer?.nodes);
  return found === wanted ? [] : [`${what}: ${found}, not ${wanted}`];
}

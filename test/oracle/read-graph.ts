/** The graph that a database holds of a flow's tables, in the oracle's lines. */
import type { Table } from './graphdrop.ts';
import { edgeLine, nodeLine, propertiesText } from './oracle.ts';
import { textOfStored } from './values.ts';

type Query = (text: string) => Promise<Record<string, unknown>[]>;

type End = Pick<Table, 'name' | 'primaryKey'>;
type TableToRead = Pick<Table, 'name' | 'labels'> & { readonly from?: End; readonly to?: End };

export async function readGraph(
  { tables }: { readonly tables: readonly TableToRead[] },
  query: Query,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { name, labels, from, to } of tables) {
    if (from === undefined || to === undefined) {
      const nodes = await query(`MATCH (n:\`${name}\`) RETURN properties(n) AS p, labels(n) AS l`);
      const extra = (of: unknown) => labels.filter(label => (of as readonly string[]).includes(label)).sort();
      lines.push(...nodes.map(({ p, l }) => nodeLine([name, ...extra(l)].join(':'), textOfProperties(p))));
      continue;
    }
    const edges = await query(
      `MATCH (a:\`${from.name}\`)-[e:\`${name}\`]->(b:\`${to.name}\`)
       RETURN a.\`${from.primaryKey}\` AS a, properties(e) AS p, b.\`${to.primaryKey}\` AS b`,
    );
    for (const { a, p, b } of edges) {
      const [start, end] = [
        { label: from.name, key: textOfStored(a) },
        { label: to.name, key: textOfStored(b) },
      ];
      lines.push(edgeLine(name, start, end, textOfProperties(p)));
    }
  }
  return lines.sort();
}

function textOfProperties(properties: unknown): string {
  const texts = Object.entries(properties as object).map(([name, value]): [string, string] => [
    name,
    textOfStored(value),
  ]);
  return propertiesText(new Map(texts));
}

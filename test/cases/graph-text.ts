import type { TableDefinition } from '../../lib/definition/definition.ts';

/** Asks the database. */
type Query = (text: string, parameters?: object) => Promise<Record<string, unknown>[]>;

/** Returns everything that the database has of some tables, one node or edge a line, sorted. */
export async function graphText(query: Query, tables: Iterable<TableDefinition>): Promise<string[]> {
  const lines: string[] = [];
  for (const table of tables) {
    if (table.kind === 'node') {
      const rows = await query(`MATCH (n:\`${table.label}\`) RETURN labels(n) AS labels, properties(n) AS p`);
      for (const { labels, p } of rows) lines.push(`(:${(labels as string[]).sort().join(':')} ${valueText(p)})`);
      continue;
    }
    const { type, from, to } = table;
    const rows = await query(
      `MATCH (a:\`${from.label}\`)-[r:\`${type}\`]->(b:\`${to.label}\`)
       RETURN a[$from] AS a, b[$to] AS b, properties(r) AS p`,
      { from: from.primaryKey, to: to.primaryKey },
    );
    for (const { a, b, p } of rows)
      lines.push(`(:${from.label} ${valueText(a)})-[:${type} ${valueText(p)}]->(:${to.label} ${valueText(b)})`);
  }
  return lines.sort();
}

/** Returns a value's text by its type in Neo4j: 1 is INTEGER, 1.0 FLOAT. */
function valueText(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (typeof value === 'string') return visible(JSON.stringify(value));
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  const name = Object.getPrototypeOf(value)?.constructor?.name as string | undefined;
  if (name === undefined || name === 'Object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, one]) => `${visible(key)}: ${valueText(one)}`).join(', ')}}`;
  }
  if (name === 'Vector') return `Vector(${[...(value as { asTypedArray(): Iterable<number> }).asTypedArray()]})`;
  return name === 'Point' ? String(value) : `${name}(${String(value)})`;
}

/** Shows blanks, marks and signs outside ASCII by their numbers: what looks alike must not pass for equal. */
function visible(text: string): string {
  return text.replace(/[^\x20-\x7e\p{L}]/gu, sign => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}

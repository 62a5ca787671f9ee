/** What others have in a database: must be there, and as it was, after everything that graphdrop does. */
export interface Database {
  query(text: string, parameters?: Record<string, unknown>): Promise<Record<string, unknown>[]>;
}

/** Puts foreign nodes, a foreign edge, constraint and index into a database. */
export async function putForeign(database: Database, name: string): Promise<void> {
  await removeForeign(database, name); // of a run that broke off
  await database.query(
    `CREATE (:Foreign_${name} {id: 1, name: 'not ours'})-[:FOREIGN_${name} {since: 1}]->(:Foreign_${name} {id: 2})`,
  );
  await database.query(`CREATE CONSTRAINT foreign_uniq_${name} FOR (n:Foreign_${name}) REQUIRE n.id IS UNIQUE`);
  await database.query(`CREATE INDEX foreign_idx_${name} FOR (n:Foreign_${name}) ON (n.name)`);
}

/** All of that, as it is now. */
export async function foreign(database: Database, name: string): Promise<unknown> {
  const label = { label: `Foreign_${name}` };
  return {
    nodes: await database.query(`MATCH (n:Foreign_${name}) RETURN properties(n) AS p ORDER BY n.id`),
    edges: await database.query(`MATCH (a)-[r:FOREIGN_${name}]->(b) RETURN a.id AS a, properties(r) AS p, b.id AS b`),
    indexes: await database.query(
      'SHOW INDEXES YIELD id, name, labelsOrTypes WHERE $label IN labelsOrTypes RETURN id, name',
      label,
    ),
  };
}

export async function removeForeign(database: Database, name: string): Promise<void> {
  await database.query(`DROP CONSTRAINT foreign_uniq_${name} IF EXISTS`);
  await database.query(`DROP INDEX foreign_idx_${name} IF EXISTS`);
  await database.query(`MATCH (n:Foreign_${name}) DETACH DELETE n`);
}

/** `LOAD CSV ... CALL {} IN TRANSACTIONS`: the database reads files of its own import folder. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Relation, Synset } from '../data/wordnet.ts';
import { wordnetFiles } from '../data/wordnet.ts';
import { step } from '../step.ts';
import { openDriver, options, seedEdges, services } from './addresses.ts';

const { run, share } = options;
const { importFolder } = services;
const [label, type] = [`CsvSynset${run}`, `CSVREL${run}`];

const records = (await wordnetFiles(share)).flatMap(file => file.records) as (Synset | Relation)[];
const nodes = records.filter(record => 'lemma' in record);
const edges = records.filter(record => 'from' in record);
await mkdir(importFolder, { recursive: true });
const files = { nodes: join(importFolder, `nodes${run}.csv`), edges: join(importFolder, `edges${run}.csv`) };
await writeFile(files.nodes, csv(['id', 'pos', 'lemma', 'gloss'], nodes));
await writeFile(files.edges, csv(['id', 'from', 'to', 'kind', 'weight'], edges));

const driver = openDriver();
await driver.executeQuery(`CREATE CONSTRAINT csv_${run} FOR (n:${label}) REQUIRE n.id IS UNIQUE`);
await seedEdges(driver, type);
await driver.executeQuery(`CREATE INDEX csvrel_${run} FOR ()-[r:${type}]-() ON (r.id)`);
await driver.executeQuery('CALL db.awaitIndexes(60)');
const session = driver.session();
await step('cold load', async () => {
  await session.run(
    `LOAD CSV WITH HEADERS FROM 'file:///nodes${run}.csv' AS r CALL { WITH r MERGE (n:${label} {id: r.id}) SET n += r } IN TRANSACTIONS OF 20000 ROWS`,
  );
  await session.run(
    `LOAD CSV WITH HEADERS FROM 'file:///edges${run}.csv' AS r CALL { WITH r MERGE (a:${label} {id: r.from}) MERGE (b:${label} {id: r.to}) MERGE (a)-[e:${type} {id: r.id}]->(b) SET e.kind = r.kind, e.weight = toInteger(r.weight) } IN TRANSACTIONS OF 20000 ROWS`,
  );
  return { rows: records.length };
});
await session.close();
await driver.close();
await Promise.all(Object.values(files).map(file => rm(file)));

function csv(columns: readonly string[], rows: readonly object[]): string {
  const cell = (value: unknown) => `"${String(value).replaceAll('"', '""').replaceAll('\\', '\\\\')}"`;
  const lines = rows.map(row => columns.map(column => cell((row as Record<string, unknown>)[column])).join(','));
  return [columns.join(','), ...lines, ''].join('\n');
}

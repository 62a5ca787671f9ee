/** The official driver and `UNWIND ... MERGE`, with nothing tracked: what the database takes at most. */
import type { Driver } from 'neo4j-driver';
import { textOf } from '../data/bench-file.ts';
import { documents } from '../data/rows.ts';
import { wordnetFiles } from '../data/wordnet.ts';
import { step } from '../step.ts';
import { openDriver, options, seedEdges } from './addresses.ts';
import { DIMENSION } from './flows.ts';

const ROWS_PER_TRANSACTION = 20_000;
const { story, run, share } = options;
const driver = openDriver();
if (story === 'wordnet') await wordnet(driver);
else await vectors(driver, story === 'indexed');
await driver.close();

async function wordnet(to: Driver): Promise<void> {
  const label = `RawSynset${run}`;
  const type = `RAWREL${run}`;
  await to.executeQuery(`CREATE CONSTRAINT raw_${run} FOR (n:${label}) REQUIRE n.id IS UNIQUE`);
  await seedEdges(to, type);
  await to.executeQuery(`CREATE INDEX rawrel_${run} FOR ()-[r:${type}]-() ON (r.id)`);
  await to.executeQuery('CALL db.awaitIndexes(60)');
  const files = (await wordnetFiles(share)).map(file => ({ key: file.key, text: textOf(file) }));
  const rowsOf = (folder: string) =>
    files
      .filter(({ key }) => key.startsWith(folder))
      .flatMap(({ text }) => text.trimEnd().split('\n'))
      .map(line => JSON.parse(line));
  await step('cold load', async () => {
    const nodes = rowsOf('nodes');
    await write(to, `UNWIND $rows AS r MERGE (n:${label} {id: r.id}) SET n += r`, nodes);
    const edges = rowsOf('edges');
    await write(
      to,
      `UNWIND $rows AS r MERGE (a:${label} {id: r.from}) MERGE (b:${label} {id: r.to}) MERGE (a)-[e:${type} {id: r.id}]->(b) SET e.kind = r.kind, e.weight = r.weight`,
      edges,
    );
    return { rows: nodes.length + edges.length };
  });
}

async function vectors(to: Driver, isIndexed: boolean): Promise<void> {
  const label = `RawDoc${story}${run}`;
  await to.executeQuery(`CREATE CONSTRAINT rawdoc_${story}${run} FOR (n:${label}) REQUIRE n.id IS UNIQUE`);
  if (isIndexed) {
    await to.executeQuery(
      `CREATE VECTOR INDEX rawvec_${run} FOR (n:${label}) ON n.vector OPTIONS {indexConfig: {\`vector.dimensions\`: ${DIMENSION}, \`vector.similarity_function\`: 'cosine'}}`,
    );
  }
  await to.executeQuery('CALL db.awaitIndexes(60)');
  const text = textOf({ key: '', records: documents(Math.round(10_000 * share), DIMENSION) });
  await step(isIndexed ? 'vectors, index online' : 'vectors', async () => {
    const lines = text.trimEnd().split('\n');
    const query = `UNWIND $rows AS r MERGE (n:${label} {id: r.id}) WITH n, r CALL db.create.setNodeVectorProperty(n, 'vector', r.vector)`;
    for (let at = 0; at < lines.length; at += 1_000) {
      const rows = lines.slice(at, at + 1_000).map(line => JSON.parse(line));
      await write(to, query, rows);
    }
    return { rows: lines.length };
  });
}

async function write(to: Driver, query: string, rows: readonly object[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_PER_TRANSACTION)
    await to.executeQuery(query, { rows: rows.slice(at, at + ROWS_PER_TRANSACTION) });
}

import neo4j, { type Driver } from 'neo4j-driver';
import type { ServiceAddresses } from '../../support/local-services.ts';

/** What a client needs to know, as `run-client.ts` tells it. */
export const services = JSON.parse(process.env.GRAPHDROP_BENCH ?? '{}') as ServiceAddresses & {
  /** Where the database looks for files to load. */
  readonly importFolder: string;
};

/** Options of the story, given as JSON in the first argument. */
export const options = JSON.parse(process.argv[2] ?? '{}') as StoryOptions;

export interface StoryOptions {
  readonly story: string;
  /** Distinguishes labels, buckets and tables of one run from those of others. */
  readonly run: string;
  /** Of the data that the story has at its full size, 0 to 1. */
  readonly share: number;
}

export function openDriver(): Driver {
  const { boltUri, username, password } = services.neo4j;
  return neo4j.driver(boltUri, neo4j.auth.basic(username, password));
}

/**
 * Has some edges of a type between nodes of no label, before there is an index: where a type has none, the planner takes a scan of
 * the type, or of the index, for the cheapest way to find one, and does it for each row.
 */
export async function seedEdges(driver: Driver, type: string): Promise<void> {
  await driver.executeQuery(`UNWIND range(1, 1000) AS i CREATE ()-[:${type} {id: 'seed ' + i}]->()`);
}

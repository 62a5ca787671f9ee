/** A real Neo4j server (Community Edition) for tests: in a container where a Docker engine answers, else a Java process. */

import type { Neo4jVersion } from '../../lib/cli/server/neo4j-runner.ts';
import {
  type Neo4jAddress,
  type Neo4jOptions,
  type Neo4jServer,
  startNeo4j as start,
} from '../../lib/cli/server/neo4j-server.ts';
import './cache.ts';
import { dockerAnswers, neo4jContainer } from './docker.ts';

export type { Neo4jAddress, Neo4jOptions, Neo4jServer };

/** Starts a server and resolves when it answers a query on its database. Its version: `GRAPHDROP_NEO4J`, else the default. */
export async function startNeo4j(options: Neo4jOptions = {}): Promise<Neo4jServer> {
  const version = process.env.GRAPHDROP_NEO4J as Neo4jVersion | undefined;
  return await start({
    ...(version && { version }),
    ...((await dockerAnswers()) && { run: neo4jContainer }),
    ...options,
  });
}

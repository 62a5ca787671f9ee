import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';

/** A database with something done, or thrown, before a query is sent. */
export function watched(graph: GraphDatabase, before: (text: string) => void | Promise<void>): GraphDatabase {
  return {
    query: async (text, parameters) => {
      await before(text);
      return await graph.query(text, parameters);
    },
    queryOnce: async (text, parameters) => {
      await before(text);
      return await graph.queryOnce(text, parameters);
    },
    commit: graph.commit.bind(graph),
    valueForm: graph.valueForm.bind(graph),
  };
}

/** A connection to it, for workers. */
export function watchedConnection(
  { graph, database }: ConnectionFactory,
  before: (text: string) => void | Promise<void>,
): ConnectionFactory {
  return { graph: watched(graph, before), database } as ConnectionFactory;
}

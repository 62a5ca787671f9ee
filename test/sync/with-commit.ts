import type { GraphDatabase } from '../../lib/neo4j/graph-database.ts';
import type { ConnectionFactory } from '../../lib/neo4j/transport/connection-factory.ts';

/** Returns a connection that commits otherwise: `commit` is told how it was. */
export function withCommit(
  connection: ConnectionFactory,
  commit: (original: GraphDatabase['commit']) => GraphDatabase['commit'],
): ConnectionFactory {
  const { graph } = connection;
  const other: GraphDatabase = {
    query: graph.query.bind(graph),
    queryOnce: graph.queryOnce.bind(graph),
    valueForm: graph.valueForm.bind(graph),
    commit: commit(graph.commit.bind(graph)),
  };
  return new Proxy(connection, {
    get: (target, name) => {
      if (name === 'graph') return other;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

import type { QueryRequest } from './both-endpoints.ts';
import { graph, of, withParameters } from './requests.ts';

/** A difference that is meant, or can't be helped: what it is, a request that shows it, and what each answers. */
export interface KnownDifference {
  readonly what: string;
  readonly request: QueryRequest;
  /** Parts of the server's and of our answer, as `status body`. */
  readonly server: RegExp;
  readonly ours: RegExp;
}

const people = ['CREATE (a:§ {l: [1, 2]})-[:KNOWS]->(b:§)'];

/** docs/query.md gives the reasons. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    what: 'the content "rest"',
    request: of(graph('RETURN 1', 'rest')),
    server: /"rest":\[1\]/,
    ours: /ExecutionFailed.*Invalid result data content specifier: rest/,
  },
  {
    what: 'Jolt',
    request: { ...of('RETURN 1'), headers: { accept: 'application/vnd.neo4j.jolt' } },
    server: /^200 \{"header":/,
    ours: /^406 .*Not Acceptable/,
  },
  {
    what: 'transactions over several requests',
    request: { ...of('RETURN 1'), path: '/db/neo4j/tx' },
    server: /^201 .*"transaction":/,
    ours: /^404 .*Not Found/,
  },
  {
    what: 'databases of no context',
    request: { ...of('RETURN 1'), path: '/db/system/tx/commit' },
    server: /^200 /,
    ours: /^404 .*DatabaseNotFound/,
  },
  {
    what: 'DELETE, which is for transactions over several requests',
    request: { method: 'DELETE' },
    server: /^404 $/,
    ours: /^405 $/,
  },
  {
    what: 'statements without fields, on which the server stumbles',
    request: { body: '{"statements":[{}]}' },
    server: /Cannot invoke \\"String.hashCode/,
    ours: /InvalidFormat.*No statement provided\./,
  },
  {
    what: 'the message about a statement without text',
    request: of(''),
    server: /SyntaxError.*Unexpected end of input: expected CYPHER, EXPLAIN, PROFILE or Query \(line 0/,
    ours: /SyntaxError.*Unexpected end of input: expected CYPHER, EXPLAIN, PROFILE or Query"/,
  },
  {
    what: 'the message of a failed COMMIT, where Bolt says more',
    request: { setup: people, ...of('MATCH (n:§ {l: [1, 2]}) DELETE n') },
    server: /ConstraintValidationFailed.*Failed to commit transaction/,
    ours: /ConstraintValidationFailed.*because it still has relationships/,
  },
  {
    what: 'what an integer parameter is called in messages',
    request: withParameters('CREATE (n:§ {m: $m}) RETURN n', '{"m": {"a": 1}}'),
    server: /Int\(1\)/,
    ours: /Long\(1\)/,
  },
  {
    what: 'more digits than are needed, on servers that run on Java before 19',
    request: of('RETURN 2e23 AS x'),
    server: /2\.0E23|1\.9999999999999998E23/,
    ours: /2\.0E23/,
  },
  {
    what: 'the ends of a deleted relationship in a graph',
    request: { setup: people, ...of(graph('MATCH (:§)-[r]->() DELETE r RETURN r')) },
    server: /"nodes":\[\{"id":"-1"/,
    ours: /"nodes":\[\],"relationships":\[\{"id":"\d+","elementId":"[^"]+","deleted":true\}\]/,
  },
  {
    what: 'parameters that the driver would take for a value of its own',
    request: withParameters('RETURN $x AS x', '{"x": {"__isInteger__": true, "low": 1, "high": 0}}'),
    server: /"row":\[\{.*"__isInteger__":true/,
    ours: /InvalidFormat.*The key __isInteger__ of a parameter/,
  },
];

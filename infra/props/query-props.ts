import { Token } from 'aws-cdk-lib';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { type Resolved, requireOneOf, requireWhole } from './resolved.ts';

/** How the graph is queried, and by which callers. */
export interface QueryProps {
  /**
   * Whether callers of the query function may ask for write access, or read only: the server then refuses to write, with the user of
   * the connection secret as with the callers' own. What read access still can do is in docs/query.md.
   *
   * @default 'read'
   */
  readonly queryAccess?: 'read' | 'write';

  /**
   * Statements by name, the only ones that the query function then runs. A caller gives `name` and `parameters`, or the very text.
   *
   * @default - any statement
   */
  readonly queryStatements?: Readonly<Record<string, string>>;

  /**
   * Whether the query function has a URL: Neo4j's HTTP API (`POST /db/{databaseName}/tx/commit`) on the internet, for users
   * of the database. The URL itself is open: the function demands and checks their credentials.
   *
   * @default false
   */
  readonly queryUrl?: boolean;

  /**
   * How the URL knows its callers. With `AWS_IAM` they sign requests, need `lambda:InvokeFunctionUrl`, and ask with the user of the
   * connection secret, as tasks do: nobody else reaches the function.
   *
   * @default FunctionUrlAuthType.NONE: callers give credentials of the database
   */
  readonly queryUrlAuth?: FunctionUrlAuthType;

  /**
   * Most queries at a time, of all callers: so many invocations are reserved for the query function, and it gets no more. A URL
   * is open to the internet, so this is what strangers can cost, and can keep from others. AWS wants 100 invocations of an
   * account unreserved; an account that has no more can't reserve any: `false` reserves nothing and limits nothing.
   *
   * @default 10 with `queryUrl`, else false
   */
  readonly queryConcurrency?: number | false;
}

/** Checks these properties and fills in defaults. @throws Error that names the value received and the fix */
export function resolveQueryProps(props: QueryProps): Resolved<QueryProps, 'queryStatements'> {
  const { queryAccess = 'read', queryUrl = false, queryConcurrency = queryUrl ? 10 : false } = props;
  const { queryUrlAuth = FunctionUrlAuthType.NONE, queryStatements } = props;
  requireOneOf('queryAccess', queryAccess, { "'read'": 'read', "'write'": 'write' });
  if (props.queryUrlAuth !== undefined && !queryUrl) throw new Error('"queryUrlAuth" needs queryUrl: true');
  requireStatements(queryStatements);
  if (queryConcurrency !== false) requireWhole('queryConcurrency', queryConcurrency, 1, 1000);
  return { queryAccess, queryStatements, queryUrl, queryUrlAuth, queryConcurrency };
}

/** @throws Error for statements that can't become part of the function's code */
function requireStatements(statements: Readonly<Record<string, string>> | undefined): void {
  if (statements === undefined) return;
  if (Object.keys(statements).length === 0)
    throw new Error('"queryStatements" is {}: name at least one statement, or leave it out to allow any');
  for (const [name, text] of Object.entries(statements)) {
    if (name === '' || typeof text !== 'string' || text.trim() === '' || Token.isUnresolved(text))
      throw new Error(
        `"queryStatements" has ${JSON.stringify(text)} as '${name}': give the text of a statement, without tokens`,
      );
  }
}

import type { GraphDefinition } from '../definition/definition.ts';
import { GraphdropError } from '../errors.ts';
import { classOf } from '../neo4j/error-class.ts';
import { checkClaims } from '../neo4j/fence/claims.ts';
import type { GraphDatabase } from '../neo4j/graph-database.ts';
import { planFor } from '../neo4j/schema/apply-schema.ts';
import { isSupported } from '../neo4j/schema/server-version.ts';
import { stubObstacles } from '../neo4j/schema/stub-obstacles.ts';

/** The database can't be used, and why: told before a deploy changes anything. */
export class PreflightError extends GraphdropError {
  readonly code = 'PREFLIGHT';
}

/**
 * Finds out what a deploy would fail at, without changing anything.
 *
 * @returns what it won't fail at, but some files may later
 * @throws PreflightError for the server, ClaimError and SchemaError for what is in the database, DefinitionError
 */
export async function preflight(graph: GraphDatabase, scope: string, definition: GraphDefinition): Promise<string[]> {
  const [row] = await graph
    .queryOnce("CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version")
    .catch(error => {
      throw new PreflightError(`${scope}: ${inWords(error, scope)}`, { cause: error });
    });
  const version = String(row?.version ?? '');
  if (!isSupported(version)) {
    throw new PreflightError(`${scope}: the server is Neo4j ${version}; graphdrop needs 5.18 or later`);
  }
  const { actual } = await planFor(graph, scope, definition);
  await checkClaims(graph, scope, definition);
  return stubObstacles(definition, actual);
}

/** Says what the driver's error means for a deploy. */
function inWords(error: unknown, scope: string): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const said = message.split('\n', 1)[0];
  if (/\.Security\.(Unauthorized|CredentialsExpired|AuthenticationRateLimit|TokenExpired)/.test(code)) {
    return `the server refuses the credentials: ${said} A stack has them from its connection secret`;
  }
  if (classOf(error) === 'credentials') {
    return `the secret's user may not do this: ${said}; give it a role that may read, write and make constraints and indexes (architect)`;
  }
  if (/\.Database\.DatabaseNotFound/.test(code)) {
    return `the server has no database ${scope.slice(scope.lastIndexOf('@') + 1)}; create it, or give the context another: ${said}`;
  }
  if (/ServiceUnavailable|SessionExpired|ECONN|ENOTFOUND|ETIMEDOUT/.test(code)) {
    return `the server can't be reached: ${said}; see to the uri (a stack has it from its connection secret), the server's address and the network (VPC, firewall) between`;
  }
  return `the server can't be used: ${said}`;
}

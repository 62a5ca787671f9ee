import { tableId } from '../definition/definition.ts';
import { dropUndeclared } from '../deploy/deploy.ts';
import type { DeployedScope } from '../deploy/deployed-scope.ts';
import { forgetDeployment, forgetState, type Leaving, withdraw } from '../deploy/scope-ownership.ts';
import { GraphdropError } from '../errors.ts';
import { notedTables } from '../neo4j/fence/noted-tables.ts';
import { dropSchema, removeRows } from '../neo4j/schema/apply-schema.ts';
import { warn } from './log.ts';
import { type SchemaTarget, withoutGraph, withScope } from './schema-target.ts';

/** Milliseconds for one part of a teardown, or of deleting the rows of a table, well inside the function's timeout. */
export const PART_MS = 60_000;

/** The scope of a stack that is being deleted can't be taken down. */
class TeardownError extends GraphdropError {
  readonly code = 'TEARDOWN';
}

/** Closes the scope, and finds out what of it goes along. @throws TeardownError */
export async function withdrawScope(target: SchemaTarget): Promise<Leaving> {
  return await unlessGone(target, 'nothing', scope => withdraw(scope, target.removalPolicy === 'retain'));
}

/** Removes a part of the scope: what goes along with the deployment. @returns whether all of it is gone @throws TeardownError */
export async function removeScope(target: SchemaTarget, leaving: Leaving): Promise<boolean> {
  return leaving === 'nothing' || (await unlessGone(target, true, scope => remove(scope, leaving)));
}

/** Does work of a deletion. With `retain`, a database that is gone doesn't keep the stack from going: `otherwise` is the answer. */
async function unlessGone<T>(
  target: SchemaTarget,
  otherwise: T,
  work: (deployed: DeployedScope) => Promise<T>,
): Promise<T> {
  try {
    return await withScope(target, work);
  } catch (error) {
    if (target.removalPolicy === 'destroy') throw cannotTakeDown(target, error);
    warn('graph-not-told', error);
    await forgetDeployment(withoutGraph(target));
    return otherwise;
  }
}

async function remove(deployed: DeployedScope, leaving: Leaving): Promise<boolean> {
  const { graph, scope, definition } = deployed;
  const until = Date.now() + PART_MS;
  if (leaving === 'rows') {
    const noted = await notedTables(graph, scope);
    const ids = new Set(noted.map(tableId));
    const own = { ...definition, tables: definition.tables.filter(table => ids.has(tableId(table))) };
    // Of other tables (the user's, say) exactly what files declare goes.
    if (!(await dropUndeclared({ ...deployed, definition: own }, until, false))) return false;
    if (!(await removeRows(graph, noted, until))) return false;
  }
  if (leaving !== 'state') await dropSchema(graph, scope);
  return await forgetState(deployed, until);
}

function cannotTakeDown({ scope, stack, resource }: SchemaTarget, error: unknown): TeardownError {
  return new TeardownError(
    `${scope} can't be taken down: ${error instanceof Error ? error.message : String(error)}. Delete the stack again when ` +
      'that is corrected. To leave the graph as it is instead: deploy with removalPolicy retain and then delete, or after a failed ' +
      `deletion: aws cloudformation delete-stack --stack-name ${stack} --retain-resources ${resource}`,
    { cause: error },
  );
}

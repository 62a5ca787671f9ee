/**
 * The state that owns a scope. The fence names it (`store`), the deployment that was made for it, and under `before` the states
 * it was taken over from whose deployments are still there: the graph goes with the last of them.
 */

import type { GraphDatabase } from '../graph-database.ts';
import { FENCE, ForeignFenceError, GIVEN_BACK, LOCKED_FENCE } from './fence.ts';

/** Part of a SET: the next that stamps the fence has the scope. */
const GIVE_BACK = "f.store = '', f.root = $givenBack + replace(f.root, $givenBack, '')";

/**
 * Checks, before anything is changed, that a scope can be a state's.
 *
 * @param store the state; null: none was made yet
 * @throws ForeignFenceError if another state owns the scope
 */
export async function requireOwnStore(graph: GraphDatabase, scope: string, store: string | null): Promise<void> {
  const [fence] = await graph.query(`${FENCE} RETURN f.store AS store, coalesce(f.deployment, '') AS deployment`, {
    scope,
  });
  if (fence === undefined || fence.store === '' || fence.store === store) return;
  throw new ForeignFenceError(
    `${scope} belongs to ${fence.deployment || `another graphdrop state, ${fence.store}`}: use another ContextKey name or ` +
      'database, or destroy that stack first, or say takeOver (graphdrop dev: --take-over) to have the scope and its graph',
  );
}

/** Takes the scope from the state that owns it: the next to stamp the fence has it. */
export async function releaseFence(graph: GraphDatabase, scope: string, taker: string): Promise<void> {
  await graph.queryOnce(
    `${LOCKED_FENCE} AND NOT f.store IN [$taker, '']
     SET f.before = [s IN coalesce(f.before, []) WHERE s <> $taker] + f.store, ${GIVE_BACK}`,
    { scope, taker, givenBack: GIVEN_BACK },
  );
}

/** Writes into the fence, for people, which deployment owns the scope. */
export async function nameDeployment(
  graph: GraphDatabase,
  scope: string,
  store: string,
  deployment: string,
): Promise<void> {
  const text = 'MATCH (f:_Graphdrop {scope: $scope, store: $store}) SET f.deployment = $deployment';
  await graph.queryOnce(text, { scope, store, deployment });
}

/**
 * Takes a state out of those that the scope belongs to. If it owned the scope, the next to stamp the fence has it and looks at
 * everything again (`GIVEN_BACK`): schema and claims may be those of another definition.
 *
 * @returns whether others are left: then the graph is theirs
 */
export async function withdrawStore(graph: GraphDatabase, scope: string, store: string): Promise<boolean> {
  const [fence] = await graph.queryOnce(
    `${LOCKED_FENCE}
     SET f.before = [s IN coalesce(f.before, []) WHERE s <> $store]
     WITH f, size(f.before) > 0 OR NOT f.store IN [$store, ''] AS others
     FOREACH (_ IN CASE WHEN others AND f.store = $store THEN [1] ELSE [] END |
SET ${GIVE_BACK})
     RETURN others`,
    { scope, store, givenBack: GIVEN_BACK },
  );
  return fence?.others === true;
}

/**
 * Who holds a scope of a database. Its fence names the state (`store`) that the graph is equal to, the deployment that was
 * made for it, and under `before` the states it was taken over from whose deployments are still there: the graph goes
 * with the last of them.
 */
import { ForeignFenceError, GIVEN_BACK } from './fence.ts';
import type { GraphDatabase } from './graph-database.ts';

/**
 * Looks at a scope before anything is changed.
 *
 * @param store the state of who asks; null: it has none yet
 * @throws ForeignFenceError if another state holds the scope
 */
export async function requireHolder(graph: GraphDatabase, scope: string, store: string | null): Promise<void> {
  const [fence] = await graph.query(
    "MATCH (f:_Graphdrop {scope: $scope}) RETURN f.store AS store, coalesce(f.deployment, '') AS deployment",
    { scope },
  );
  if (fence === undefined || fence.store === '' || fence.store === store) return;
  throw new ForeignFenceError(
    `${scope} belongs to ${fence.deployment || `another graphdrop state, ${fence.store}`}: use another ContextKey name or ` +
      'database, or destroy that stack first, or say takeOver to have the scope and its graph',
  );
}

/** Gives the scope up on behalf of whoever holds it, so that the next to stamp the fence has it. */
export async function releaseFence(graph: GraphDatabase, scope: string, taker: string): Promise<void> {
  await graph.queryOnce(
    `MATCH (f:_Graphdrop {scope: $scope})
     SET f.locked = true
     WITH f WHERE NOT f.store IN [$taker, '']
     SET f.before = [s IN coalesce(f.before, []) WHERE s <> $taker] + f.store, f.store = '',
         f.root = $givenBack + replace(f.root, $givenBack, '')`,
    { scope, taker, givenBack: GIVEN_BACK },
  );
}

/** Writes down for people which deployment holds the scope. */
export async function nameHolder(
  graph: GraphDatabase,
  scope: string,
  store: string,
  deployment: string,
): Promise<void> {
  const text = 'MATCH (f:_Graphdrop {scope: $scope, store: $store}) SET f.deployment = $deployment';
  await graph.queryOnce(text, { scope, store, deployment });
}

/**
 * Takes a state out of those that the scope belongs to. If it held the scope, whoever stamps the fence next has it, and is
 * told to look at everything again (`GIVEN_BACK`): schema and claims may be those of another definition.
 *
 * @returns whether others are left: then the graph is theirs
 */
export async function withdrawHolder(graph: GraphDatabase, scope: string, store: string): Promise<boolean> {
  const [fence] = await graph.queryOnce(
    `MATCH (f:_Graphdrop {scope: $scope})
     SET f.locked = true
     SET f.before = [s IN coalesce(f.before, []) WHERE s <> $store]
     WITH f, size(f.before) > 0 OR NOT f.store IN [$store, ''] AS others
     FOREACH (_ IN CASE WHEN others AND f.store = $store THEN [1] ELSE [] END |
       SET f.store = '', f.root = $givenBack + replace(f.root, $givenBack, ''))
     RETURN others`,
    { scope, store, givenBack: GIVEN_BACK },
  );
  return fence?.others === true;
}

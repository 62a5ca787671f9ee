import { dynamoDbState } from '../state/dynamodb/dynamodb-state.ts';
import { type CollectionReport, collectGarbage } from '../state/garbage-collection.ts';
import { scopeName } from '../state/scope-name.ts';
import { ScopeState } from '../state/scope-state.ts';
import { dynamoClient } from './clients.ts';
import { describeError, log } from './log.ts';
import { fairDeadline, inTurn } from './turns.ts';

/**
 * Deletes the tree nodes of all scopes that no root needs any more. No scope takes the time of others: each has its share, and on the
 * day when it comes last, what all others left.
 *
 * @throws the first scope's error, after all have been tried
 */
export async function collectAllGarbage(table: string, end: number): Promise<Record<string, CollectionReport>> {
  const state = dynamoDbState(dynamoClient(), table);
  const reports: Record<string, CollectionReport> = {};
  const failures: unknown[] = [];
  const contexts = inTurn([...(await state.contexts())], Date.now());
  for (const [i, [context, { database }]] of contexts.entries()) {
    const scope = scopeName(context, database);
    const deadline = fairDeadline(Date.now(), end, contexts.length - i);
    try {
      reports[scope] = await collectGarbage(new ScopeState(state, scope), { deadline });
      log({ level: 'info', event: 'garbage-collected', scope, ...reports[scope] });
    } catch (error) {
      log({ level: 'error', event: 'garbage-collection-failed', scope, error: describeError(error) });
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return reports;
}

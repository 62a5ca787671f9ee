import { isMarked, withCode } from '../definition/definition.ts';
import type { Flow } from '../definition/flow.ts';
import type { LogEntry } from '../scope.ts';
import type { Environment } from './environment.ts';

/** Event in the log when a function's definition isn't the one that was deployed with it. */
export const DEFINITION_DIFFERS = 'definition-differs';

/**
 * Finds flows that are defined in another way here than when they were deployed, as one that reads the environment may be: no
 * worker then commits, and messages come back until they are dead letters.
 */
export function definitionDifferences(
  flows: readonly Flow[],
  { code, definitions }: Pick<Environment, 'code' | 'definitions'>,
): LogEntry[] {
  if (definitions === '') return [];
  return flows
    .filter(({ definition }) => !isMarked(definitions, withCode(definition, code)))
    .map(({ context: { name } }) => ({
      level: 'error',
      event: DEFINITION_DIFFERS,
      context: name,
      message:
        'the flow module defines this context in another way here than when it was deployed, so nothing is applied: ' +
        'let no definition depend on the environment, the clock or files',
    }));
}

import * as z from 'zod';
import type { QueryPolicy } from '../../query/query-policy.ts';
import { EnvironmentError } from '../environment.ts';

const Statements = z.record(z.string().min(1), z.string().min(1));

/**
 * Reads what the stack lets callers ask. Without the variables they may read, with any statement.
 *
 * @throws EnvironmentError that names the variable
 */
export function readPolicy(access = process.env.GRAPHDROP_QUERY_ACCESS, statements = storedStatements()): QueryPolicy {
  if (access !== undefined && access !== 'read' && access !== 'write')
    throw new EnvironmentError(
      `the variable GRAPHDROP_QUERY_ACCESS is ${JSON.stringify(access)}: it takes read or write`,
    );
  return { access: access ?? 'read', statements };
}

/** Stored statements. A bundle has them as a constant in place of the variable: an environment holds 4 KB. */
function storedStatements(): ReadonlyMap<string, string> | null {
  const text = process.env.GRAPHDROP_QUERY_STATEMENTS;
  if (text === undefined) return null;
  try {
    return new Map(Object.entries(Statements.parse(JSON.parse(text))));
  } catch (error) {
    throw new EnvironmentError('the stored statements must be JSON with a text by name', { cause: error });
  }
}

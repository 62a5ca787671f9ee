import * as z from 'zod';
import { GraphdropError } from '../../errors.ts';
import { failedAnswer } from '../../query/answer-query.ts';
import { MAX_DEPTH } from '../../query/depth.ts';
import { type QueryPolicy, requireAccess } from '../../query/query-policy.ts';
import { type QueryStatement, readStatements, statementOf } from '../../query/read-statements.ts';
import { shorten } from '../../query/shorten.ts';
import { INVALID_FORMAT, StatementError } from '../../query/statement-error.ts';
import { rawJson } from '../../values/raw-json.ts';
import { answerInTime } from './answer-in-time.ts';
import type { QueryConnections } from './connections.ts';

/** An event that is no query. */
export class QueryTaskError extends GraphdropError {
  readonly code = 'QUERY_TASK';
}

/** Characters of an event that an error repeats. */
const MAX_SHOWN = 300;

const Task = z.strictObject({
  /** Name of the database, or of the ContextKey: one of them. */
  database: z.string().optional(),
  context: z.string().optional(),
  /** The statements, or the body of an HTTP request as text, which keeps `1.0` and integers beyond 2^53 as they are. */
  statements: z.array(z.unknown()).optional(),
  body: z.string().optional(),
  accessMode: z.enum(['READ', 'WRITE']).default('READ'),
  bookmarks: z.array(z.string().min(1)).max(1000).default([]),
  /** Milliseconds. */
  timeLimit: z.int().positive().optional(),
});

/**
 * Answers a direct invocation with what the body of an HTTP answer would be; failed statements are in its `errors`.
 *
 * @throws QueryTaskError, UnknownDatabaseError, and the driver's error where the database can't be reached
 */
export async function answerTask(
  connections: QueryConnections,
  policy: QueryPolicy,
  event: unknown,
  remaining: number,
): Promise<unknown> {
  const parsed = Task.safeParse(event);
  if (!parsed.success) throw new QueryTaskError(`not a query: ${shorten(z.prettifyError(parsed.error), MAX_SHOWN)}`);
  const { database, context, statements, body, accessMode, bookmarks, timeLimit } = parsed.data;
  if ((database === undefined) === (context === undefined))
    throw new QueryTaskError('give database or context, one of them');
  if ((statements === undefined) === (body === undefined))
    throw new QueryTaskError('give statements or body, one of them');
  const target = context === undefined ? connections.ofDatabase(database ?? '') : connections.ofContext(context);
  try {
    requireAccess(policy, accessMode);
  } catch (error) {
    if (error instanceof StatementError) return JSON.parse(failedAnswer(error).json);
    throw error;
  }
  const { json } = await connections.withOwnDriver(target, driver =>
    answerInTime(connections, driver, target, {
      statements:
        body === undefined ? each(statements ?? [], policy) : readStatements(Buffer.from(body), policy.statements),
      accessMode,
      bookmarks,
      timeLimit,
      remaining,
    }),
  );
  return exactAnswer(json);
}

/** One by one, so that what is wrong with one comes after the results of those before it. */
function* each(statements: readonly unknown[], policy: QueryPolicy): Generator<QueryStatement, void, undefined> {
  for (const statement of statements) yield statementOf(exact(statement), policy.statements);
}

/**
 * Takes whole numbers of an event for integers.
 *
 * @throws QueryTaskError for those that Lambda has rounded already, StatementError for what is nested too deep
 */
function exact(value: unknown, left = MAX_DEPTH): unknown {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63) {
    if (Number.isSafeInteger(value)) return BigInt(value);
    throw new QueryTaskError(
      `got the number ${value}, of which Lambda keeps 53 bits: give the request as text, in body`,
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  if (left === 0)
    throw new StatementError(INVALID_FORMAT, `The statement is nested more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return value.map(item => exact(item, left - 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exact(item, left - 1)]));
}

/** The value whose JSON, as the Lambda runtime writes it, is this one: numbers keep their digits. */
function exactAnswer(json: string): unknown {
  return JSON.parse(json, (_key, value, context?: { readonly source?: string }) =>
    typeof value === 'number' && String(value) !== context?.source ? rawJson(context?.source ?? '') : value,
  );
}

import type { Driver } from 'neo4j-driver';
import { z } from 'zod';
import { GraphdropError } from '../lib/graph/errors.ts';
import { type QueryStatement, readStatements, statementOf } from '../lib/query/read-statements.ts';
import { answerInTime } from './query-answer.ts';
import type { QueryConnections, QueryContext } from './query-connections.ts';

/** An event that is no query. */
export class QueryTaskError extends GraphdropError {
  readonly code = 'QUERY_TASK';
}

const Task = z.strictObject({
  /** Name of the database, or of the ContextKey: one of them. */
  database: z.string().optional(),
  context: z.string().optional(),
  /** The statements, or the body of an HTTP request as text, which keeps `1.0` and integers beyond 2^53 as they are. */
  statements: z.array(z.unknown()).optional(),
  body: z.string().optional(),
  accessMode: z.enum(['READ', 'WRITE']).default('READ'),
  bookmarks: z.array(z.string().min(1)).default([]),
  /** Milliseconds. */
  timeLimit: z.int().positive().optional(),
});

/**
 * Answers a direct invocation with what the body of an HTTP answer would be; failed statements are in its `errors`.
 *
 * @throws QueryTaskError, UnknownDatabaseError, and the driver's error where the database can't be reached
 */
export async function answerTask(connections: QueryConnections, event: unknown, remaining: number): Promise<unknown> {
  const parsed = Task.safeParse(event);
  if (!parsed.success) throw new QueryTaskError(`not a query: ${z.prettifyError(parsed.error)}`);
  const { database, context, statements, body, accessMode, bookmarks, timeLimit } = parsed.data;
  if ((database === undefined) === (context === undefined))
    throw new QueryTaskError('give database or context, one of them');
  if ((statements === undefined) === (body === undefined))
    throw new QueryTaskError('give statements or body, one of them');
  const target = context === undefined ? connections.ofDatabase(database ?? '') : connections.ofContext(context);
  const { json } = await withOwnCredentials(connections, target, driver =>
    answerInTime(connections, driver, target, {
      statements: body === undefined ? each(statements ?? []) : readStatements(Buffer.from(body)),
      accessMode,
      bookmarks,
      timeLimit,
      remaining,
    }),
  );
  return exactAnswer(json);
}

/** One by one, so that what is wrong with one comes after the results of those before it. */
function* each(statements: readonly unknown[]): Generator<QueryStatement, void, undefined> {
  for (const statement of statements) yield statementOf(exact(statement));
}

/** Reads the secret anew and tries once more where the database refuses what it said: a rotation needs no deploy. */
async function withOwnCredentials<T>(
  connections: QueryConnections,
  target: QueryContext,
  use: (driver: Driver) => Promise<T>,
): Promise<T> {
  const driver = await connections.driver(target);
  try {
    return await use(driver);
  } catch (error) {
    if (!/^Neo\.ClientError\.Security\./.test((error as { code?: string }).code ?? '')) throw error;
    await connections.close(driver);
    connections.forgetSecret(target);
    return await use(await connections.driver(target));
  }
}

/** Whole numbers of an event are integers. @throws QueryTaskError for those that Lambda has rounded already */
function exact(value: unknown): unknown {
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 63) {
    if (Number.isSafeInteger(value)) return BigInt(value);
    throw new QueryTaskError(
      `got the number ${value}, of which Lambda keeps 53 bits: give the request as text, in body`,
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(exact);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exact(item)]));
}

/** The value whose JSON, as the Lambda runtime writes it, is this one: numbers keep their digits. */
function exactAnswer(json: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  return JSON.parse(json, (_key, value, context?: { readonly source?: string }) =>
    typeof value === 'number' && String(value) !== context?.source ? rawJSON(context?.source ?? '') : value,
  );
}

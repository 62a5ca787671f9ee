import neo4j from 'neo4j-driver';
import { AnswerBudget, type AnswerLimits, DEFAULT_ANSWER_LIMITS } from './answer-budget.ts';
import type { QueryStatement } from './read-statements.ts';
import { ResultWriter } from './result-writer.ts';
import { shorten } from './shorten.ts';
import { StatementError, TOO_DEEP, TOO_LARGE } from './statement-error.ts';
import { type RunnerOptions, StatementRunner } from './statement-runner.ts';
import { notificationsJson } from './summary-json.ts';

const { Neo4jError } = neo4j;

/** Characters of an error's message in an answer: the server repeats statements and values in it. */
const MAX_MESSAGE = 2_000;
/** Errors of BEGIN that are the request's fault: bookmarks that are none, or that the server doesn't come to. */
const OF_BOOKMARKS = /^Neo\.(ClientError\.Transaction\.InvalidBookmark|TransientError\.Transaction\.BookmarkTimeout)/;

/** A request: its statements, and where and how they run. */
export interface QueryOptions extends RunnerOptions {
  /** Read one by one: what a statement that can't be read throws comes after the results of those before it. */
  readonly statements: Iterable<QueryStatement>;
  /** What the answer may take. Default: {@link DEFAULT_ANSWER_LIMITS}. */
  readonly limits?: AnswerLimits;
}

/** The answer to a request. */
export interface QueryAnswer {
  /** The body of the answer: JSON with `results`, `errors`, and `lastBookmarks` if all was committed. */
  readonly json: string;
  /** For logs: how many statements were begun, and the code of the error that stopped them. */
  readonly statements: number;
  readonly error: string | null;
}

/**
 * Runs statements in order, in one transaction, and answers like Neo4j's `POST /db/{databaseName}/tx/commit`: the first
 * error stops and rolls back, and the results until there are in the answer.
 *
 * @throws the server's or the driver's error where the transaction can't be begun
 */
export async function answerQuery(options: QueryOptions): Promise<QueryAnswer> {
  const runner = new StatementRunner(options);
  const budget = new AnswerBudget(options.limits ?? DEFAULT_ANSWER_LIMITS);
  const writers: ResultWriter[] = [];
  const notifications: string[] = [];
  let bookmarks: readonly string[] | null = null;
  let failure: { readonly code: string; readonly message: string } | null = null;
  try {
    await runner.begin();
    for (const statement of options.statements) {
      const writer = new ResultWriter(statement, budget);
      writers.push(writer);
      const summary = await runner.run(statement, writer);
      await writer.finish(summary, runner);
      for (const notification of notificationsJson(summary)) {
        budget.take(notification);
        notifications.push(notification);
      }
    }
    bookmarks = await runner.commit();
  } catch (error) {
    if (!runner.begun && !OF_BOOKMARKS.test((error as { readonly code?: string }).code ?? '')) throw error;
    await runner.rollback();
    failure = failureOf(error);
    if (failure.code === TOO_LARGE) writers.at(-1)?.drop();
  } finally {
    await runner.close();
  }
  const json = `{${[
    `"results":[${writers.flatMap(writer => writer.toJson() ?? [])}]`,
    ...(notifications.length === 0 ? [] : [`"notifications":[${notifications}]`]),
    `"errors":${JSON.stringify(failure === null ? [] : [failure])}`,
    ...(bookmarks === null ? [] : [`"lastBookmarks":${JSON.stringify(bookmarks)}`]),
  ]}}`;
  return { json, statements: writers.length, error: failure?.code ?? null };
}

/** The answer to a request that failed before it had results. */
export function failedAnswer(failure: { readonly code: string; readonly message: string }): QueryAnswer {
  const { code } = failure;
  const message = shorten(failure.message, MAX_MESSAGE);
  return { json: JSON.stringify({ results: [], errors: [{ code, message }] }), statements: 0, error: code };
}

/** An entry of `errors`. @throws what is neither the server's word nor about the request */
function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof StatementError) return { code: error.code, message: shorten(error.message, MAX_MESSAGE) };
  // The driver reads values recursively.
  if (error instanceof RangeError)
    return { code: TOO_DEEP, message: 'A value of the answer is nested too deep: return less of it' };
  if (!(error instanceof Neo4jError)) throw error;
  if (error.code.startsWith('Neo.')) return { code: error.code, message: shorten(error.message, MAX_MESSAGE) };
  const message = 'The connection to the database was lost; if that was during COMMIT, all may have been applied';
  return { code: 'Neo.TransientError.General.DatabaseUnavailable', message: `${message} (${error.code})` };
}

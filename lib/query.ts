import neo4j from 'neo4j-driver';
import type { QueryStatement } from './query/read-statements.ts';
import { AnswerBudget, type AnswerLimits, DEFAULT_ANSWER_LIMITS, ResultWriter } from './query/result-writer.ts';
import { StatementError, TOO_LARGE } from './query/statement-error.ts';
import { type RunnerOptions, StatementRunner } from './query/statement-runner.ts';
import { notificationsJson } from './query/summary-json.ts';

const { Neo4jError } = neo4j;

/** A request: its statements, and where and how they run. */
export interface QueryOptions extends RunnerOptions {
  /** Read one by one: what a statement that can't be read throws comes after the results of those before it. */
  readonly statements: Iterable<QueryStatement>;
  /** What the answer may take. Default: {@link DEFAULT_ANSWER_LIMITS}. */
  readonly limits?: AnswerLimits;
}

/** What became of a request. */
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
    try {
      for (const statement of options.statements) {
        const writer = new ResultWriter(statement, budget);
        writers.push(writer);
        const summary = await runner.run(statement, writer);
        await writer.finish(summary, runner);
        notifications.push(...notificationsJson(summary));
      }
      bookmarks = await runner.commit();
    } catch (error) {
      await runner.rollback();
      failure = failureOf(error);
      if (failure.code === TOO_LARGE) writers.at(-1)?.drop();
    }
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
  const { code, message } = failure;
  return { json: JSON.stringify({ results: [], errors: [{ code, message }] }), statements: 0, error: code };
}

/** An entry of `errors`. @throws what is neither the server's word nor about the request */
function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof StatementError) return { code: error.code, message: error.message };
  if (!(error instanceof Neo4jError)) throw error;
  if (error.code.startsWith('Neo.')) return { code: error.code, message: error.message };
  const message = 'The connection to the database was lost; if that was during COMMIT, all may have been applied';
  return { code: 'Neo.TransientError.General.DatabaseUnavailable', message: `${message} (${error.code})` };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from 'neo4j-driver';
import { answerQuery, failedAnswer, type QueryAnswer, type QueryOptions } from '../../query/answer-query.ts';
import { log } from '../log.ts';
import type { QueryConnections, QueryContext } from './connections.ts';

export interface TimedQuery extends Omit<QueryOptions, 'driver' | 'database' | 'timeoutMs'> {
  /** Milliseconds the caller allows. Default: what the invocation has. */
  readonly timeLimit?: number | undefined;
  /** Milliseconds until the invocation is ended. */
  readonly remaining: number;
}

/** Kept of an invocation's time, in milliseconds: for the server to see that a query's time is up, and for the answer. */
const SERVER_RESERVE = 5_000;
const ANSWER_RESERVE = 1_500;

const TIMED_OUT = {
  code: 'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration',
  message: 'The database did not answer in the time this function has; the transaction is given up and rolled back.',
};

/** Answers within the invocation's time, whatever the database does, and writes one line to the log: no text, no values. */
export async function answerInTime(
  connections: QueryConnections,
  driver: Driver,
  { database }: QueryContext,
  { timeLimit = Number.POSITIVE_INFINITY, remaining, ...query }: TimedQuery,
): Promise<QueryAnswer> {
  const started = performance.now();
  const timeoutMs = Math.max(1, Math.min(timeLimit, remaining - SERVER_RESERVE));
  const overdue = new AbortController();
  const answering = answerQuery({ ...query, driver, database, timeoutMs });
  const giveUp = sleep(Math.max(1, remaining - ANSWER_RESERVE), null, overdue).catch(() => null);
  const answer = await Promise.race([answering, giveUp]).finally(() => overdue.abort());
  if (answer === null) {
    answering.catch(() => {});
    // Not waited for: its connection is what doesn't answer.
    connections.close(driver).catch(() => {});
  }
  const { json, statements, error } = answer ?? failedAnswer(TIMED_OUT);
  const ms = Math.round(performance.now() - started);
  log({
    level: 'info',
    event: 'queried',
    database,
    accessMode: query.accessMode,
    statements,
    error,
    length: json.length,
    ms,
  });
  return { json, statements, error };
}

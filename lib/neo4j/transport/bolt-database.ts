import type { Driver, Transaction } from 'neo4j-driver';
import type { ValueForm } from '../../values/column-type.ts';
import { CommitUnknownError, tally } from '../commit-result.ts';
import { ADVANCE_FENCE, type FenceCheck, fenceParameters, staleFence } from '../fence/fence.ts';
import { type CommitInput, type GraphDatabase, type Parameters, QUERY_MS, type ResultRow } from '../graph-database.ts';
import type { Count } from '../statements/statement.ts';
import { withIntegers } from './bolt-integers.ts';
import { lost } from './http-answer.ts';
import { withFreshPlan } from './with-fresh-plan.ts';

const ONCE = { timeout: 20_000 };

/** What work may take beyond the server's own limit: the driver's tries of 30 s, and 20 s for a connection. */
const GRACE_MS = 55_000;

/** For what is only tidied up. */
const TIDY_MS = 5_000;

/** A database behind the official driver, which itself waits for an answer without end. */
export class BoltDatabase implements GraphDatabase {
  readonly #driver: Driver;
  readonly #database: string;
  readonly #graceMs: number;
  #valueForm: ValueForm | undefined;

  constructor(driver: Driver, database: string, graceMs = GRACE_MS) {
    this.#driver = driver;
    this.#database = database;
    this.#graceMs = graceMs;
  }

  async query(text: string, parameters: Parameters = {}, timeoutMs = QUERY_MS): Promise<ResultRow[]> {
    // Without the driver's bookmarks: a restored database has never heard of them and would be waited for in vain.
    const options = { database: this.#database, bookmarkManager: null, transactionConfig: { timeout: timeoutMs } };
    const ask = () => this.#answered(this.#driver.executeQuery(text, parameters, options), timeoutMs);
    const { records } = await withFreshPlan(ask);
    return records.map(record => record.toObject());
  }

  async queryOnce(text: string, parameters: Parameters = {}): Promise<ResultRow[]> {
    return await withFreshPlan(() => this.#runOnce(text, parameters));
  }

  async #runOnce(text: string, parameters: Parameters): Promise<ResultRow[]> {
    const session = this.#driver.session({ database: this.#database });
    const work = async () => {
      const transaction = await session.beginTransaction(ONCE);
      const result = await transaction.run(text, parameters);
      await transaction.commit();
      return result.records.map(record => record.toObject());
    };
    try {
      return await this.#answered(work(), ONCE.timeout);
    } finally {
      await this.#tidied(session.close());
    }
  }

  async valueForm(): Promise<ValueForm> {
    if (this.#valueForm === undefined) {
      const info = this.#driver.getServerInfo({ database: this.#database });
      const { protocolVersion } = await this.#answered(info, 0);
      this.#valueForm = (protocolVersion?.getMajor() ?? 0) >= 6 ? 'bolt6' : 'typed';
    }
    return this.#valueForm;
  }

  /** Commits in one explicit transaction, pipelined. (The driver's managed ones would be repeated after a lost answer.) */
  async commit(input: CommitInput): Promise<Map<Count, number>> {
    const { fence, statements } = input;
    let stored: Promise<{ readonly error: unknown } | null> = Promise.resolve(null);
    const session = this.#driver.session({ database: this.#database });
    let transaction: Transaction | undefined;
    try {
      const config = { timeout: input.timeoutMs, metadata: { app: 'graphdrop', scope: fence.scope } };
      transaction = await this.#answered(session.beginTransaction(config), 0);
      const queries = [
        { text: ADVANCE_FENCE, parameters: fenceParameters(fence) },
        ...statements.map(({ text, rows }) => ({ text, parameters: { rows: withIntegers(rows) } })),
      ];
      // First the database gets its work, then ours is done beside it.
      const running = runAll(transaction, queries);
      stored = settled(input.store());
      // What COMMIT waits for comes before what is only done ahead.
      void stored.then(failure => failure === null && input.onSent?.());
      const [advanced, ...answers] = await this.#answered(running, input.timeoutMs);
      // Check the fence first: a stale batch's counts mean nothing.
      if (answerOf(advanced) !== 1n) throw staleFence(fence);
      const { counts, made } = tally(statements, answers.map(answerOf), input.tolerant);
      await input.review(made);
      const failure = await stored;
      if (failure !== null) throw failure.error;
      await input.beforeCommit?.();
      await commit(this.#answered(transaction.commit(), input.timeoutMs), fence);
      return counts;
    } catch (error) {
      // Not waited for long: the server gives an open transaction up by its timeout, and a stale one can't commit.
      if (transaction !== undefined) await this.#tidied(transaction.rollback());
      throw error;
    } finally {
      // Before we leave: nothing writes to the tree any more then.
      await stored;
      await this.#tidied(session.close());
    }
  }

  /** Waits, not for long, for work that nothing depends on. */
  async #tidied(work: Promise<unknown>): Promise<void> {
    await inTime(Math.min(TIDY_MS, this.#graceMs), work).catch(() => {});
  }

  /** Waits for what the server ends by itself after a time. @throws Neo4jError of the server's timeout, if it is silent even then */
  async #answered<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
    return await inTime(timeoutMs + this.#graceMs, work);
  }
}

async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const late = Object.assign(new Error(`no answer in ${ms} ms`), { name: 'TimeoutError' });
    timer = setTimeout(() => reject(lost(late)), ms);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {}); // what comes too late is an answer to nothing
  }
}

async function commit(committed: Promise<void>, fence: FenceCheck): Promise<void> {
  try {
    await committed;
  } catch (error) {
    throw new CommitUnknownError(`${fence.scope}: the answer to COMMIT was lost or an error`, { cause: error });
  }
}

/** Sends all statements without waiting for answers in between; each answers one row with one value `n`. */
async function runAll(
  transaction: Transaction,
  queries: readonly { readonly text: string; readonly parameters: Parameters }[],
): Promise<PromiseSettledResult<unknown>[]> {
  return await Promise.allSettled(
    queries.map(async ({ text, parameters }) => (await transaction.run(text, parameters)).records[0]?.get('n')),
  );
}

/** Waits for work whose failure is looked at later. */
async function settled(work: Promise<void>): Promise<{ readonly error: unknown } | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return { error };
  }
}

function answerOf(result: PromiseSettledResult<unknown> | undefined): unknown {
  if (result?.status === 'rejected') throw result.reason;
  return result?.value;
}

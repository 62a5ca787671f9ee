import type { Driver, Transaction } from 'neo4j-driver';
import { type CommitInput, CommitUnknownError, tally } from './commit.ts';
import { ADVANCE_FENCE, type FenceCheck, fenceParameters, staleFence } from './fence.ts';
import type { GraphDatabase, Parameters, ResultRow } from './graph-database.ts';
import type { ValueForm } from './parameter.ts';
import type { Count } from './statement.ts';

const ONCE = { timeout: 20_000 };

/** A database behind the official driver. */
export class BoltDatabase implements GraphDatabase {
  readonly #driver: Driver;
  readonly #database: string;
  #valueForm: ValueForm | undefined;

  constructor(driver: Driver, database: string) {
    this.#driver = driver;
    this.#database = database;
  }

  async query(text: string, parameters: Parameters = {}): Promise<ResultRow[]> {
    // Without the driver's bookmarks: a restored database has never heard of them and would be waited for in vain.
    const options = { database: this.#database, bookmarkManager: null };
    const { records } = await this.#driver.executeQuery(text, parameters, options);
    return records.map(record => record.toObject());
  }

  async queryOnce(text: string, parameters: Parameters = {}): Promise<ResultRow[]> {
    const session = this.#driver.session({ database: this.#database });
    try {
      const transaction = await session.beginTransaction(ONCE);
      const result = await transaction.run(text, parameters);
      await transaction.commit();
      return result.records.map(record => record.toObject());
    } finally {
      await session.close();
    }
  }

  async valueForm(): Promise<ValueForm> {
    if (this.#valueForm === undefined) {
      const { protocolVersion } = await this.#driver.getServerInfo({ database: this.#database });
      this.#valueForm = (protocolVersion?.getMajor() ?? 0) >= 6 ? 'bolt6' : 'typed';
    }
    return this.#valueForm;
  }

  /** One explicit transaction, pipelined. (The driver's managed ones would be repeated after a lost answer.) */
  async commit(input: CommitInput): Promise<Map<Count, number>> {
    const { fence, statements } = input;
    // Settled in any case before we leave, so that a failed write of the tree is never an unhandled rejection.
    const stored = input.stored.then(
      () => null,
      (error: unknown) => ({ error }),
    );
    const session = this.#driver.session({ database: this.#database });
    let transaction: Transaction | undefined;
    try {
      transaction = await session.beginTransaction({
        timeout: input.timeoutMs,
        metadata: { app: 'graphdrop', scope: fence.scope },
      });
      const [advanced, ...answers] = await runAll(transaction, [
        { text: ADVANCE_FENCE, parameters: fenceParameters(fence) },
        ...statements.map(({ text, rows }) => ({ text, parameters: { rows } })),
      ]);
      // Before anything else: what a stale batch's statements say of the graph is nobody's fault.
      if (answerOf(advanced) !== 1n) throw staleFence(fence);
      const { counts, made } = tally(statements, answers.map(answerOf), input.tolerant);
      await input.review(made);
      const failure = await stored;
      if (failure !== null) throw failure.error;
      await input.beforeCommit?.();
      await commit(transaction, fence);
      return counts;
    } catch (error) {
      // Not waited for long: the server gives an open transaction up by its timeout, and a stale one can't commit.
      await transaction?.rollback().catch(() => {});
      throw error;
    } finally {
      await stored;
      await session.close().catch(() => {});
    }
  }
}

async function commit(transaction: Transaction, fence: FenceCheck): Promise<void> {
  try {
    await transaction.commit();
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

function answerOf(result: PromiseSettledResult<unknown> | undefined): unknown {
  if (result?.status === 'rejected') throw result.reason;
  return result?.value;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Neo4jError } from 'neo4j-driver';
import { absentParts, batchParts, isMaking, joined } from './batch-parts.ts';
import { type CommitInput, CommitUnknownError, GraphDriftError, tally } from './commit.ts';
import { type FenceCheck, staleFence } from './fence.ts';
import type { GraphDatabase, Parameters, ResultRow } from './graph-database.ts';
import type { HttpEndpoint, Part } from './http-endpoint.ts';
import type { ValueForm } from './parameter.ts';
import type { Count, Statement } from './statement.ts';

/** How long a statement that can be repeated is repeated: as the driver does. */
const PATIENCE_MS = 30_000;

const ONCE_MS = 20_000;

/** A database behind Neo4j's HTTP port. */
export class HttpDatabase implements GraphDatabase {
  readonly #find: () => Promise<HttpEndpoint>;
  #found: Promise<HttpEndpoint> | undefined;

  /** @param find asks for the endpoint: again after it failed, and then no more */
  constructor(find: () => Promise<HttpEndpoint>) {
    this.#find = find;
  }

  async query(text: string, parameters: Parameters = {}): Promise<ResultRow[]> {
    const deadline = Date.now() + PATIENCE_MS;
    for (let pause = 100; ; pause *= 2) {
      try {
        return await (await this.#endpoint()).run({ text, parameters });
      } catch (error) {
        if (!Neo4jError.isRetryable(error) || Date.now() + pause > deadline) throw error;
        await sleep(pause * (0.8 + 0.4 * Math.random()));
      }
    }
  }

  async queryOnce(text: string, parameters: Parameters = {}): Promise<ResultRow[]> {
    return await (await this.#endpoint()).run({ text, parameters }, ONCE_MS);
  }

  async valueForm(): Promise<ValueForm> {
    return (await this.#endpoint()).form;
  }

  /**
   * One request. Its answer comes after COMMIT, so what decides comes before: the next tree is stored, and the endpoints that
   * will have to be made are reviewed.
   */
  async commit(input: CommitInput): Promise<Map<Count, number>> {
    const { fence, tolerant, timeoutMs, stored } = input;
    const statements = joined(input.statements);
    try {
      const absent = await this.#absent(fence, statements, timeoutMs);
      await input.review(byTable(absent));
      await stored;
      await input.beforeCommit?.();
      const answers = await this.#commit(fence, batchParts(fence, statements, tolerant, absent), timeoutMs);
      return tally(statements, answers, tolerant).counts;
    } finally {
      // Settled in any case before we leave, so that a failed write of the tree is never an unhandled rejection.
      await stored.catch(() => {});
    }
  }

  /** Which endpoints will have to be made. @throws StaleFenceError */
  async #absent(fence: FenceCheck, statements: readonly Statement[], timeoutMs: number) {
    const making = statements.filter(isMaking);
    if (making.length === 0) return new Map<Statement, readonly unknown[]>();
    const answers = await (await this.#endpoint()).transact(absentParts(fence, making), timeoutMs);
    if (answers?.at(-1) !== 1n) throw staleFence(fence);
    return new Map(making.map((statement, index) => [statement, answers[index] as unknown[]]));
  }

  /** @returns what each statement answered. @throws StaleFenceError, GraphDriftError, CommitUnknownError */
  async #commit(fence: FenceCheck, batch: readonly Part[], timeoutMs: number): Promise<unknown[]> {
    try {
      const answers = await (await this.#endpoint()).transact(batch, timeoutMs);
      if (answers === null) throw staleFence(fence);
      return answers.slice(1);
    } catch (error) {
      if (!(error instanceof Neo4jError)) throw error;
      if (error.code === 'Neo.ClientError.Statement.ArithmeticError') {
        throw new GraphDriftError(`${fence.scope}: rows or endpoints were not found; the graph was changed by hand`, {
          cause: error,
        });
      }
      // The server's own word: nothing happened.
      if (/^Neo\./.test(error.code) && error.cause === undefined) throw error;
      throw new CommitUnknownError(`${fence.scope}: the answer to a batch was lost`, { cause: error });
    }
  }

  async #endpoint(): Promise<HttpEndpoint> {
    this.#found ??= this.#find();
    try {
      return await this.#found;
    } catch (error) {
      this.#found = undefined;
      throw error;
    }
  }
}

function byTable(absent: ReadonlyMap<Statement, readonly unknown[]>): Map<string, readonly unknown[]> {
  const made = new Map<string, readonly unknown[]>();
  for (const [{ table }, keys] of absent) made.set(table, [...(made.get(table) ?? []), ...keys]);
  return made;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { Neo4jError } from 'neo4j-driver';
import type { ValueForm } from '../../values/column-type.ts';
import { CommitUnknownError, GraphDriftError, tally } from '../commit-result.ts';
import { isFailedCheck, isServersWord } from '../error-class.ts';
import { type FenceCheck, staleFence } from '../fence/fence.ts';
import { type CommitInput, type GraphDatabase, type Parameters, QUERY_MS, type ResultRow } from '../graph-database.ts';
import { UnsendableValueError } from '../statements/conversion.ts';
import type { Count, Statement } from '../statements/statement.ts';
import { absentParts, batchParts, isMaking, joined } from './batch-parts.ts';
import type { BatchPart, HttpEndpoint } from './http-endpoint.ts';
import { RequestTooLargeError } from './json-list.ts';
import { withFreshPlan } from './with-fresh-plan.ts';

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

  async query(text: string, parameters: Parameters = {}, timeoutMs = QUERY_MS): Promise<ResultRow[]> {
    const deadline = Date.now() + PATIENCE_MS;
    for (let pause = 100; ; pause *= 2) {
      try {
        const endpoint = await this.#endpoint();
        return await withFreshPlan(() => endpoint.run({ text, parameters }, timeoutMs));
      } catch (error) {
        if (!Neo4jError.isRetryable(error) || Date.now() + pause > deadline) throw error;
        await sleep(pause * (0.8 + 0.4 * Math.random()));
      }
    }
  }

  async queryOnce(text: string, parameters: Parameters = {}): Promise<ResultRow[]> {
    const endpoint = await this.#endpoint();
    return await withFreshPlan(() => endpoint.run({ text, parameters }, ONCE_MS));
  }

  async valueForm(): Promise<ValueForm> {
    return (await this.#endpoint()).form;
  }

  /**
   * Commits by one request. Its answer comes after COMMIT, so what decides comes before: the next tree is stored, and the endpoints that
   * will have to be made are reviewed.
   */
  async commit(input: CommitInput): Promise<Map<Count, number>> {
    const { fence, tolerant, timeoutMs } = input;
    const stored = input.store();
    stored.catch(() => {}); // waited for below, which is too late for Node to see that somebody does
    const statements = joined(input.statements);
    try {
      const absent = await this.#absent(fence, statements, timeoutMs);
      await input.review(byTable(absent));
      await stored;
      await input.beforeCommit?.();
      const answered = this.#commit(fence, batchParts(fence, statements, tolerant, absent), timeoutMs);
      input.onSent?.();
      const answers = await answered;
      return tally(statements, answers, tolerant).counts;
    } finally {
      // Before we leave: nothing writes to the tree any more then.
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
  async #commit(fence: FenceCheck, batch: readonly BatchPart[], timeoutMs: number): Promise<unknown[]> {
    const endpoint = await this.#endpoint();
    const answers = await endpoint.transact(batch, timeoutMs).catch(error => {
      throw fateOf(fence, error);
    });
    if (answers === null) throw staleFence(fence);
    return answers.slice(1);
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

/** Returns the error of a batch that failed: as the server said it, or that nobody knows what has happened. */
function fateOf({ scope }: FenceCheck, error: unknown): unknown {
  if (isFailedCheck(error)) {
    return new GraphDriftError(`${scope}: rows or endpoints were not found; the graph was changed by hand`, {
      cause: error,
    });
  }
  // Before anything was sent.
  if (error instanceof RequestTooLargeError || error instanceof UnsendableValueError) return error;
  if (isServersWord(error)) return error;
  return new CommitUnknownError(`${scope}: the answer to a batch was lost, or can't be read`, { cause: error });
}

function byTable(absent: ReadonlyMap<Statement, readonly unknown[]>): Map<string, readonly unknown[]> {
  const made = new Map<string, readonly unknown[]>();
  for (const [{ table }, keys] of absent) made.set(table, [...(made.get(table) ?? []), ...keys]);
  return made;
}

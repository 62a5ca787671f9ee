import type { Node, ResultSummary } from 'neo4j-driver';
import { graphJson, graphOf, isDeletedRelationship, missingEnds } from './graph-json.ts';
import type { QueryStatement } from './read-statements.ts';
import { StatementError, TOO_LARGE } from './statement-error.ts';
import type { ResultSink, StatementRunner } from './statement-runner.ts';
import { planJson, statsJson } from './summary-json.ts';
import { type Entity, isNode, listJson, metaJson } from './value-json.ts';

/** What an answer may grow to. */
export interface AnswerLimits {
  /** Rows of all statements. Default 50,000. */
  readonly maxRows: number;
  /** Bytes of the rows of all statements, as a JSON text within JSON. Default 5,500,000: Lambda answers with 6 MB at most. */
  readonly maxBytes: number;
}

export const DEFAULT_ANSWER_LIMITS: AnswerLimits = { maxRows: 50_000, maxBytes: 5_500_000 };

/** What is left of the limits. */
export class AnswerBudget {
  readonly #limits: AnswerLimits;
  #rows = 0;
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /** @throws StatementError */
  takeRow(): void {
    this.#rows += 1;
    if (this.#rows > this.#limits.maxRows) throw tooLarge(`${this.#limits.maxRows} rows`);
  }

  /** @throws StatementError */
  takeText(text: string): string {
    this.#bytes += Buffer.byteLength(JSON.stringify(text));
    if (this.#bytes > this.#limits.maxBytes) throw tooLarge(`${this.#limits.maxBytes} bytes`);
    return text;
  }
}

/** A record that can only be written when its statement is done. */
interface OpenRecord {
  readonly values: readonly unknown[];
  readonly entities: ReadonlyMap<string, Entity>;
}

/** Writes one statement's entry of `results`. */
export class ResultWriter implements ResultSink {
  readonly #statement: QueryStatement;
  readonly #budget: AnswerBudget;
  #columns: readonly string[] | undefined;
  #records: (string | OpenRecord)[] = [];
  #ending = '';

  constructor(statement: QueryStatement, budget: AnswerBudget) {
    this.#statement = statement;
    this.#budget = budget;
  }

  columns(names: readonly string[]): void {
    this.#columns = names;
  }

  record(values: readonly unknown[]): void {
    this.#budget.takeRow();
    const open: OpenRecord = { values, entities: graphOf(values) };
    const settled = this.#doubtfulIds(open).length === 0;
    this.#records.push(settled ? this.#recordJson(open, new Map()) : open);
  }

  /** Writes what had to wait, and what the summary says. */
  async finish(summary: ResultSummary, runner: StatementRunner): Promise<void> {
    const ids = new Set(this.#records.flatMap(record => (typeof record === 'string' ? [] : this.#doubtfulIds(record))));
    const nodes = ids.size === 0 ? new Map<string, Node<bigint>>() : await runner.nodes(ids);
    this.#records = this.#records.map(record =>
      typeof record === 'string' ? record : this.#recordJson(record, nodes),
    );
    if (this.#statement.includeStats) this.#ending += `,"stats":${statsJson(summary)}`;
    const plan = planJson(summary);
    if (plan !== null) this.#ending += `,"plan":${plan}`;
  }

  /** Forgets the records: an answer that became too large has none of them. */
  drop(): void {
    this.#records = [];
  }

  /** Null: the statement failed before it had columns. */
  toJson(): string | null {
    if (this.#columns === undefined) return null;
    const written = this.#records.filter(record => typeof record === 'string');
    return `{"columns":${JSON.stringify(this.#columns)},"data":[${written}]${this.#ending}}`;
  }

  /**
   * Nodes that must be looked at once more: without labels and properties a node may be one that was deleted, which Bolt
   * doesn't tell, and the graph of a record has the nodes at the ends of its relationships.
   */
  #doubtfulIds({ entities }: OpenRecord): string[] {
    const bare = [...entities.values()].filter(isBare).map(({ elementId }) => elementId);
    return this.#statement.contents.includes('graph') ? [...bare, ...missingEnds(entities)] : bare;
  }

  #recordJson({ values, entities }: OpenRecord, nodes: ReadonlyMap<string, Node<bigint>>): string {
    const isDeleted = (entity: Entity): boolean =>
      isDeletedRelationship(entity) || (isBare(entity) && !nodes.has(entity.elementId));
    const contents = this.#statement.contents.map(content => {
      if (content === 'row') {
        const meta = values.flatMap(value => [...metaJson(value, isDeleted)]);
        return `"row":${listJson(values)},"meta":[${meta}]`;
      }
      const ends = missingEnds(entities).flatMap(id => nodes.get(id) ?? []);
      const all = new Map([...entities.values(), ...ends].map(entity => [entity.elementId, entity]));
      return `"graph":${graphJson([...all.values()], isDeleted)}`;
    });
    return this.#budget.takeText(`{${contents}}`);
  }
}

function isBare(entity: Entity): boolean {
  return isNode(entity) && entity.labels.length === 0 && Object.keys(entity.properties).length === 0;
}

function tooLarge(limit: string): StatementError {
  return new StatementError(
    TOO_LARGE,
    `The rows of the answer are more than ${limit}: return less, or page with SKIP and LIMIT`,
  );
}

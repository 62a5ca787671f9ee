import type { Node, ResultSummary } from 'neo4j-driver';
import type { AnswerBudget } from './answer-budget.ts';
import { isDeep, MAX_DEPTH } from './depth.ts';
import { graphJson, graphOf, isDeletedRelationship, missingEnds } from './graph-json.ts';
import type { QueryStatement } from './read-statements.ts';
import { StatementError, TOO_DEEP } from './statement-error.ts';
import type { ResultSink, StatementRunner } from './statement-runner.ts';
import { planJson, statsJson } from './summary-json.ts';
import { type Entity, isNode, listJson, metaJson } from './value-json.ts';

/** A record that can only be written when its statement is done. */
interface OpenRecord {
  /** Kept only where they are written. */
  readonly values: readonly unknown[];
  readonly entities: ReadonlyMap<string, Entity>;
  /** What it has taken of the budget so far. */
  readonly bytes: number;
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
    this.#budget.take(this.#entry(JSON.stringify(names)));
    this.#columns = names;
  }

  record(values: readonly unknown[]): void {
    this.#budget.takeRow();
    if (values.some(value => isDeep(value)))
      throw new StatementError(
        TOO_DEEP,
        `A value of the answer is nested more than ${MAX_DEPTH} levels deep: return less of it`,
      );
    const entities = graphOf(values);
    const text = this.#recordJson(values, entities, new Map());
    const bytes = this.#budget.take(text);
    const kept = this.#statement.contents.includes('row') ? values : [];
    this.#records.push(this.#doubtfulIds(entities).length === 0 ? text : { values: kept, entities, bytes });
  }

  /** Writes what had to wait, and what the summary says. */
  async finish(summary: ResultSummary, runner: StatementRunner): Promise<void> {
    await this.#writeOpenRecords(runner);
    const plan = planJson(summary);
    const stats = this.#statement.includeStats ? `,"stats":${statsJson(summary)}` : '';
    const ending = `${stats}${plan === null ? '' : `,"plan":${plan}`}`;
    this.#budget.take(ending);
    this.#ending = ending;
  }

  async #writeOpenRecords(runner: StatementRunner): Promise<void> {
    const open = this.#records.filter(record => typeof record !== 'string');
    if (open.length === 0) return;
    const nodes = new Map<string, Node<bigint>>();
    let loaded = 0;
    const ids = new Set(open.flatMap(({ entities }) => this.#doubtfulIds(entities)));
    await runner.nodes(ids, node => {
      // Each is written at least once: what doesn't fit now won't fit then.
      loaded += this.#budget.take(graphJson([node], () => false));
      nodes.set(node.elementId, node);
    });
    this.#budget.giveBack(loaded);
    for (const [index, record] of this.#records.entries()) {
      if (typeof record === 'string') continue;
      this.#budget.giveBack(record.bytes);
      const text = this.#recordJson(record.values, record.entities, nodes);
      this.#budget.take(text);
      this.#records[index] = text;
    }
  }

  /** Forgets the records: an answer that became too large has none of them. */
  drop(): void {
    this.#records = [];
  }

  /** Null: the statement failed before it had columns. */
  toJson(): string | null {
    if (this.#columns === undefined) return null;
    return this.#entry(
      JSON.stringify(this.#columns),
      this.#records.filter(record => typeof record === 'string'),
    );
  }

  #entry(columns: string, records: readonly string[] = []): string {
    return `{"columns":${columns},"data":[${records}]${this.#ending}}`;
  }

  /**
   * Nodes that must be looked at once more: without labels and properties a node may be one that was deleted, which Bolt
   * doesn't tell, and the graph of a record has the nodes at the ends of its relationships.
   */
  #doubtfulIds(entities: ReadonlyMap<string, Entity>): string[] {
    const bare = [...entities.values()].filter(isBare).map(({ elementId }) => elementId);
    return this.#statement.contents.includes('graph') ? [...bare, ...missingEnds(entities)] : bare;
  }

  #recordJson(
    values: readonly unknown[],
    entities: ReadonlyMap<string, Entity>,
    nodes: ReadonlyMap<string, Node<bigint>>,
  ): string {
    const isDeleted = (entity: Entity): boolean =>
      isDeletedRelationship(entity) || (isBare(entity) && !nodes.has(entity.elementId));
    const contents = this.#statement.contents.map(content => {
      if (content === 'row') {
        const meta = values.flatMap(value => metaJson(value, isDeleted));
        return `"row":${listJson(values)},"meta":[${meta}]`;
      }
      const ends = missingEnds(entities).flatMap(id => nodes.get(id) ?? []);
      const all = new Map([...entities.values(), ...ends].map(entity => [entity.elementId, entity]));
      return `"graph":${graphJson([...all.values()], isDeleted)}`;
    });
    return `{${contents}}`;
  }
}

function isBare(entity: Entity): boolean {
  return isNode(entity) && entity.labels.length === 0 && Object.keys(entity.properties).length === 0;
}

import { RowError } from '../errors.ts';
import type { Declaration } from './declaration.ts';
import { propertyLimit, type TableDefinition, tableName } from './definition.ts';

/**
 * The property names that an object, or a transaction, brings to tables without a schema: no more than a table's `maxProperties`. Each
 * that is new costs Neo4j some milliseconds, in which nobody else can write.
 */
export class PropertyNames {
  readonly #tables: ReadonlyMap<string, TableDefinition>;
  readonly #names = new Map<string, Set<string>>();

  /** @param names that are there already, by table */
  constructor(tables: ReadonlyMap<string, TableDefinition>, names: ReadonlyMap<string, readonly string[]> = new Map()) {
    this.#tables = tables;
    for (const [table, all] of names) this.#names.set(table, new Set(all));
  }

  /** The names counted until now, by table. */
  get list(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#names].map(([table, names]) => [table, [...names]]));
  }

  /** Counts the names of a row. @returns the first that is one too many; undefined: none is */
  beyond({ table: id, values }: Declaration): string | undefined {
    const table = this.#tables.get(id);
    if (table === undefined || table.columns !== null) return undefined;
    const names = this.#names.get(id) ?? new Set();
    this.#names.set(id, names);
    for (const name in values) {
      if (names.has(name)) continue;
      if (names.size >= propertyLimit(table)) return name;
      names.add(name);
    }
    return undefined;
  }

  /** Counts the names of an object's row. @throws RowError beyond the limit */
  add(declaration: Declaration): void {
    const name = this.beyond(declaration);
    if (name === undefined) return;
    const table = this.#tables.get(declaration.table) as TableDefinition;
    const problem = `the file brings more than ${propertyLimit(table)} names of properties to the table: give it a schema, or say maxProperties`;
    throw new RowError(tableName(table), name, problem);
  }
}

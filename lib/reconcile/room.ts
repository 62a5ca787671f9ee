import type { Declaration } from '../definition/declaration.ts';
import type { TableDefinition } from '../definition/definition.ts';
import { PropertyNames } from '../definition/property-names.ts';
import { sizeOf } from '../definition/row-memory.ts';

/**
 * What a vector in an index takes of a batch beside its row, in rows. Neo4j adds a transaction's vectors to the index one after the
 * other, and to many it takes longer than to few: 6,000 of 384 numbers at once take three times as long as 1,000 by 1,000.
 */
const INDEXED_VECTOR_ROWS = 15;

/** What a batch can still take of changed rows. */
export class Room {
  readonly #tables: ReadonlyMap<string, TableDefinition>;
  #rows: number;
  #bytes: number;
  #isEmpty = true;
  readonly #names: PropertyNames;

  /** @param bytes of the values that rows get, about @param tables whose `maxProperties` hold for the batch as for a file */
  constructor(rows: number, bytes: number, tables: ReadonlyMap<string, TableDefinition>) {
    this.#tables = tables;
    this.#rows = rows;
    this.#bytes = bytes;
    this.#names = new PropertyNames(tables);
  }

  get isFull(): boolean {
    return this.#rows <= 0 || this.#bytes <= 0;
  }

  /**
   * Takes a row where there is room for it, and the first however large it is: a batch must get on. After one that it doesn't take it
   * takes none.
   *
   * @param declaration what it gets; undefined: it goes
   */
  take(declaration: Declaration | undefined): boolean {
    const bytes = declaration === undefined ? 0 : sizeOf(declaration);
    const isNamed = declaration === undefined || this.#names.beyond(declaration) === undefined;
    const fits = this.#rows > 0 && (this.#isEmpty || (bytes <= this.#bytes && isNamed));
    this.#isEmpty = false;
    this.#rows = fits ? this.#rows - this.#rowsOf(declaration) : 0;
    this.#bytes -= bytes;
    return fits;
  }

  #rowsOf(declaration: Declaration | undefined): number {
    const table = declaration && this.#tables.get(declaration.table);
    if (table?.kind !== 'node' || table.vectorIndexes.length === 0) return 1;
    const indexed = table.vectorIndexes.filter(({ field }) => declaration?.values[field] != null);
    return 1 + indexed.length * INDEXED_VECTOR_ROWS;
  }
}

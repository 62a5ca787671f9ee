import type { Declaration } from '../definition/declaration.ts';
import type { TableDefinition } from '../definition/definition.ts';
import { PropertyNames } from '../definition/property-names.ts';
import { sizeOf } from '../definition/row-memory.ts';
import { RowWeights } from './row-weights.ts';

/** What a batch can still take of changed rows. */
export class Room {
  readonly #weights: RowWeights;
  #rows: number;
  #bytes: number;
  #isEmpty = true;
  readonly #names: PropertyNames;

  /** @param bytes of the values that rows get, about @param tables whose `maxProperties` hold for the batch as for a file */
  constructor(rows: number, bytes: number, tables: ReadonlyMap<string, TableDefinition>) {
    this.#weights = new RowWeights(tables);
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
    this.#rows = fits ? this.#rows - (declaration === undefined ? 1 : this.#weights.of(declaration)) : 0;
    this.#bytes -= bytes;
    return fits;
  }
}

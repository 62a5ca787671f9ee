import type { Declaration } from '../definition/declaration.ts';
import { sizeOf } from '../definition/row-memory.ts';
import type { SpooledRows } from '../reconcile/object-version.ts';
import { type Duplicates, type Placed, wins } from './duplicates.ts';
import { RowSpool } from './row-spool.ts';

/** How much of an object's rows is kept in memory. */
export interface MostInMemory {
  /** Infinity: all. */
  readonly rows: number;
  readonly bytes: number;
}

/** The rows of one object while it is read: in memory, or from some number or size on in the temporary folder. */
export class CollectedRows {
  readonly rows = new Map<string, Declaration>();
  /** Of the rows in memory, the lines of their records. */
  readonly #lines = new Map<string, number>();
  readonly #most: MostInMemory;
  readonly #duplicates: Duplicates;
  #spool: RowSpool | undefined;
  #mayRefuse = false;
  #declarations = 0;
  #isDropped = false;
  /** Declarations that lost to another of the same row with other values, of the rows in memory. */
  replaced = 0;

  /** Of the rows in memory, about. */
  #bytes = 0;

  /** @param most rows in memory, or those and their bytes; infinity: all */
  constructor(most: number | MostInMemory, duplicates: Duplicates) {
    this.#most = typeof most === 'number' ? { rows: most, bytes: Number.POSITIVE_INFINITY } : most;
    this.#duplicates = duplicates;
  }

  /**
   * Adds what one record declares: of each row the highest version holds, of equal ones the last.
   *
   * @throws RowError for a record that contradicts itself: nothing of it is added
   * @throws ContradictionError for one that contradicts an earlier record, of which no file is accepted; of spooled rows `finish` throws it
   * @throws SpoolError
   */
  add(declarations: readonly Declaration[], line: number): void {
    if (declarations.length > 1) this.#refuseWithin(declarations, line);
    this.#declarations += declarations.length;
    if (!this.#isDropped) for (const declaration of declarations) this.#take(declaration, line);
  }

  /** Looks by row and version, so that a record of many rows, or of one row many times, is not compared with itself pair by pair. */
  #refuseWithin(declarations: readonly Declaration[], line: number): void {
    const earlier = new Map<string, Placed>();
    for (const declaration of declarations) {
      const now = { declaration, line };
      const id = `${declaration.row.length} ${declaration.row}${declaration.version}`;
      const before = earlier.get(id);
      if (before === undefined) earlier.set(id, now);
      else this.#duplicates.refuse(before, now, true);
    }
  }

  #present(row: string): Placed | undefined {
    const declaration = this.rows.get(row);
    return declaration && { declaration, line: this.#lines.get(row) ?? 0 };
  }

  #take(declaration: Declaration, line: number): void {
    if (this.#spool !== undefined) {
      this.#spoolRow(this.#spool, declaration, line);
      return;
    }
    const { row, fingerprint } = declaration;
    const present = this.#present(row);
    if (present !== undefined && present.declaration.fingerprint !== fingerprint) {
      this.#duplicates.refuse(present, { declaration, line });
      this.replaced += 1;
      this.#duplicates.note(present, { declaration, line });
      if (!wins(declaration, present.declaration)) return;
    }
    if (present !== undefined) this.#bytes -= sizeOf(present.declaration);
    this.#bytes += sizeOf(declaration);
    this.rows.set(row, declaration);
    this.#lines.set(row, line);
    if (this.rows.size > this.#most.rows || this.#bytes > this.#most.bytes) this.#spill();
  }

  #spill(): void {
    const { bytes } = this.#most;
    const spool = new RowSpool(Number.isFinite(bytes) ? { bytesPerPart: bytes } : {});
    this.#spool = spool;
    this.#bytes = 0;
    for (const [row, declaration] of this.rows) this.#spoolRow(spool, declaration, this.#lines.get(row) ?? 0);
    this.rows.clear();
    this.#lines.clear();
  }

  #spoolRow(spool: RowSpool, declaration: Declaration, line: number): void {
    this.#mayRefuse ||= this.#duplicates.mayRefuse(declaration);
    spool.add(declaration, line);
  }

  /**
   * Gives back what an object takes that is rejected in any case. Rows in memory stay, so that which faults are found doesn't
   * depend on when the first was.
   */
  giveUp(): void {
    if (this.#spool === undefined) return;
    this.#isDropped = true;
    this.close();
  }

  /** Forgets all rows. */
  close(): void {
    this.rows.clear();
    this.#lines.clear();
    this.#spool?.close();
    this.#spool = undefined;
  }

  /** Ends collecting. @throws ContradictionError for the first that is found, where rows are spooled */
  finish(): {
    readonly rows: Map<string, Declaration>;
    readonly rowBytes: number;
    readonly replaced: number;
    readonly declarations: number;
    readonly spooled?: SpooledRows;
  } {
    const { rows, replaced } = this;
    const spooled = this.#spool?.finish();
    if (spooled && this.#mayRefuse)
      this.#spool?.eachDuplicate((before, now) => {
        this.#duplicates.refuse(before, now);
      });
    return {
      rows,
      rowBytes: this.#bytes,
      replaced,
      declarations: this.#declarations,
      ...(spooled !== undefined && { spooled }),
    };
  }
}

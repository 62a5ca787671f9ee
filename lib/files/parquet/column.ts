import { ContentError } from '../content-error.ts';
import { shorten } from '../describe-value.ts';
import type { ChunkBytes } from './chunk.ts';
import { claimOf, type DataPage, decodeData, decodeDictionary, type PageClaim } from './page.ts';
import type { ParquetField } from './schema.ts';
import { ThriftCutError } from './thrift-check.ts';

/** Page headers are short, unless statistics in them are long. */
const HEADER_BYTES = [1024, 64 * 1024, 4 * 1024 * 1024];

/** Counts what the pages of a file take. */
export class PageBudget {
  readonly #mostHeld: number;
  readonly #mostAll: number;
  #held = 0;
  #all = 0;

  constructor(mostHeld: number, mostAll: number) {
    this.#mostHeld = mostHeld;
    this.#mostAll = mostAll;
  }

  get mostHeld(): number {
    return this.#mostHeld;
  }

  /** @throws ContentError, before the page is unpacked */
  take(cost: number): void {
    this.#held += cost;
    this.#all += cost;
    if (this.#held > this.#mostHeld)
      throw new ContentError(
        `needs pages of more than ${this.#mostHeld} bytes at once (maxPageBytes): write smaller pages`,
      );
    if (this.#all > this.#mostAll)
      throw new ContentError(`unpacks to more than ${this.#mostAll} bytes: split it, or raise maxDecompressedBytes`);
  }

  give(cost: number): void {
    this.#held -= cost;
  }
}

/** The entries of one column in one row group, page by page. */
export class ColumnCursor {
  readonly field: ParquetField;
  readonly #bytes: ChunkBytes;
  readonly #codec: string;
  readonly #convert: (raw: unknown) => unknown;
  readonly #budget: PageBudget;
  #dictionary: readonly unknown[] | undefined;
  #dictionaryCost = 0;
  readonly #pages: { readonly page: DataPage; readonly cost: number }[] = [];
  /** In the first of the pages: the next entry and the next value. */
  #entry = 0;
  #value = 0;
  /** Rows that began in the pages so far, and those that were taken. */
  #began = 0;
  #taken = 0;

  constructor(
    field: ParquetField,
    bytes: ChunkBytes,
    codec: string,
    convert: (raw: unknown) => unknown,
    budget: PageBudget,
  ) {
    this.field = field;
    this.#bytes = bytes;
    this.#codec = codec;
    this.#convert = convert;
    this.#budget = budget;
  }

  /** Rows that can be taken: of a repeated column, the last may go on in the next page. */
  get rows(): number {
    const open = this.field.repetition > 0 && this.#bytes.left > 0 ? 1 : 0;
    return Math.max(0, this.#began - this.#taken - open);
  }

  /** Reads pages until a row is complete. */
  async fill(): Promise<void> {
    while (this.rows === 0) {
      if (this.#bytes.left === 0) throw this.#problem('ends before its row group does');
      await this.#nextPage();
    }
  }

  /** Definition and repetition level of the next entry. */
  get definition(): number {
    const { definitions } = this.#page();
    return definitions === undefined ? this.field.definition : (definitions[this.#entry] ?? 0);
  }

  /** @returns 0 also after the last entry */
  get repetition(): number {
    return this.#pages[0]?.page.repetitions?.[this.#entry] ?? 0;
  }

  /** Takes an entry that has a value, and gives it. */
  take(): unknown {
    const value = this.#page().values[this.#value];
    this.#value += 1;
    this.skip();
    return value;
  }

  /** Takes an entry that has none. */
  skip(): void {
    const { entries } = this.#page();
    this.#entry += 1;
    if (this.#entry < entries) return;
    this.#budget.give(this.#pages.shift()?.cost ?? 0);
    this.#entry = 0;
    this.#value = 0;
  }

  /** Counts a row that was taken. @throws ContentError if its entries aren't */
  rowTaken(): void {
    this.#taken += 1;
    if (this.repetition !== 0) throw this.#problem('has other lists than the columns beside it');
  }

  /** Gives up what it holds. */
  close(): void {
    this.#budget.give(this.#dictionaryCost + this.#pages.reduce((sum, { cost }) => sum + cost, 0));
    this.#pages.length = 0;
  }

  #page(): DataPage {
    const first = this.#pages[0];
    if (first === undefined) throw this.#problem('has fewer values than the columns beside it');
    return first.page;
  }

  async #nextPage(): Promise<void> {
    const claim = await this.#claim();
    await this.#bytes.take(claim.headerBytes);
    const { type } = claim.header;
    if (type === 'INDEX_PAGE') {
      await this.#bytes.take(claim.packedBytes);
      return;
    }
    if (type === undefined) throw this.#problem('has a page of a type that is not known');
    this.#budget.take(claim.cost);
    const packed = await this.#bytes.take(claim.packedBytes);
    const column = { codec: this.#codec, field: this.field, convert: this.#convert };
    if (type === 'DICTIONARY_PAGE') {
      if (this.#dictionary !== undefined) throw this.#problem('has two dictionaries');
      this.#dictionary = this.#naming(() => decodeDictionary(claim, packed, column));
      this.#dictionaryCost = claim.cost;
      return;
    }
    const maxBytes = this.#budget.mostHeld;
    const dictionary = this.#dictionary;
    const page = this.#naming(() => decodeData(claim, packed, { ...column, dictionary, maxBytes }));
    const began = page.repetitions === undefined ? page.entries : page.repetitions.filter(level => level === 0).length;
    if (this.#began === 0 && page.repetitions !== undefined && (page.repetitions[0] ?? 0) > 0)
      throw this.#problem('begins in the middle of a row');
    this.#began += began;
    if (page.entries === 0) this.#budget.give(claim.cost);
    else this.#pages.push({ page, cost: claim.cost });
  }

  async #claim(): Promise<PageClaim> {
    for (const [index, count] of HEADER_BYTES.entries()) {
      const bytes = await this.#bytes.peek(count);
      try {
        return claimOf(bytes, this.field);
      } catch (error) {
        const more = index < HEADER_BYTES.length - 1 && bytes.length < this.#bytes.left;
        if (!(error instanceof ThriftCutError && more)) throw error;
      }
    }
    throw this.#problem('has a page header that is too long');
  }

  #problem(words: string): ContentError {
    return new ContentError(`has a column that ${words}: ${this.#name}`);
  }

  get #name(): string {
    return shorten(this.field.path.replaceAll('\0', '.'));
  }

  /** Names the column in what is wrong with its pages. */
  #naming<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (!(cause instanceof ContentError)) throw cause;
      throw new ContentError(`${cause.message}, in the column ${this.#name}`, cause.line, { cause });
    }
  }
}

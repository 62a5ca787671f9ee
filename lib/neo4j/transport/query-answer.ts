import { AnswerTooLargeError } from './http-answer.ts';

/** What a Query API answer says apart from its rows. */
export interface Answer {
  readonly data?: { readonly fields: readonly string[] };
  readonly errors?: readonly { readonly code?: string; readonly message?: string }[];
}

/**
 * Takes the JSON of an answer apart while it arrives, so that a long one is never in memory as a whole: `push` gives the texts of the
 * rows (`data.values`) that are complete, `end` the rest of the document. Errors may stand at its end, whatever the status was.
 */
export class AnswerReader {
  /** Names of the columns: known when the first row is. */
  fields: readonly string[] = [];
  /** The document without its rows. */
  #rest = '';
  /** How it ends, kept beside it: to look at the end of a text that grows costs as much as it is long. */
  #ending = '';
  /** The rows were there already: what else is called `values` is not Neo4j's. */
  #hadRows = false;
  #row = '';
  #depth = 0;
  #inRows = false;
  #inString = false;
  #escaped = false;

  push(chunk: string): string[] {
    const rows: string[] = [];
    let start = 0; // of what belongs to #rest or #row and isn't there yet
    const keep = (end: number): void => {
      if (!this.#inRows) {
        this.#rest += chunk.slice(start, end);
        this.#ending = `${this.#ending}${chunk.slice(Math.max(start, end - NAME), end)}`.slice(-NAME);
        if (this.#rest.length > MAX_REST)
          throw new AnswerTooLargeError(`an answer has over ${MAX_REST} characters beside its rows`);
      } else if (this.#depth >= ROW) this.#row += chunk.slice(start, end);
      start = end;
    };
    for (let i = 0; i < chunk.length; i++) {
      const char = chunk.charCodeAt(i);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (char === BACKSLASH) this.#escaped = true;
        else if (char === QUOTE) this.#inString = false;
      } else if (char === QUOTE) this.#inString = true;
      else if (char === OPEN_LIST || char === OPEN_MAP) {
        if (this.#inRows && this.#depth === ROW - 1) start = i;
        this.#depth += 1;
        if (this.#hadRows || this.#depth !== ROW - 1 || char !== OPEN_LIST) continue;
        const before = chunk.slice(Math.max(start, i - NAME), i + 1);
        if (!/"values"\s*:\s*\[$/.test(`${this.#ending}${before}`)) continue;
        keep(i + 1);
        this.fields = (JSON.parse(`${this.#rest}]}}`) as Answer).data?.fields ?? [];
        this.#inRows = true;
        this.#hadRows = true;
      } else if (char === CLOSE_LIST || char === CLOSE_MAP) {
        if (this.#inRows && this.#depth === ROW) {
          keep(i + 1);
          rows.push(this.#row);
          this.#row = '';
        }
        this.#depth -= 1;
        if (this.#inRows && this.#depth === ROW - 2) {
          this.#inRows = false;
          start = i;
        }
      }
    }
    keep(chunk.length);
    return rows;
  }

  /** null: the document isn't complete. */
  end(): Answer | null {
    return this.#depth === 0 && this.#rest !== '' ? (JSON.parse(this.#rest) as Answer) : null;
  }
}

/** Characters in which a list's name is looked for. */
const NAME = 40;
/** Of plain statements it has some hundred. */
const MAX_REST = 10_000_000;
/** Depth within a row: `{"data":{"values":[[` */
const ROW = 4;
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [...'"\\[]{}'].map(c => c.charCodeAt(0));

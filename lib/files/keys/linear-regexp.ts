/** What a state does with the character at its place, if it takes one. */
type State =
  | { readonly kind: 'accept' | 'fail' }
  | { readonly kind: 'character'; readonly takes: (code: number) => boolean; readonly next: State }
  | { readonly kind: 'start' | 'end'; readonly next: State }
  | { readonly kind: 'look'; readonly ahead: State; readonly negative: boolean; readonly next: State }
  | Branch;

/** Goes on by one of two ways. `id` numbers the branches: only they have to be remembered. */
interface Branch {
  readonly kind: 'branch';
  readonly id: number;
  first: State;
  second: State;
}

type Emit = (next: State) => State;

const ACCEPT: State = { kind: 'accept' };

/**
 * Compiles the source of a regular expression to a test that takes time in proportion to the text's length, where the
 * engine's own may take exponentially long. For what picomatch makes of globs: characters, classes, groups, alternatives,
 * quantifiers, lookaheads, `^` and `$`, with `.` for any character (the flag `s`).
 *
 * @throws SyntaxError for anything else, such as backreferences and lookbehinds
 */
export function compileLinear(source: string): (text: string) => boolean {
  const parser = new Parser(source);
  const start = parser.alternatives()(ACCEPT);
  if (parser.rest !== '') throw new SyntaxError(`unexpected ${parser.rest.charAt(0)}`);
  return text => new Run(text, parser.branches).reaches(start);
}

/** Tries the ways through the states; a branch that was tried at a place is not tried there again. */
class Run {
  readonly #text: string;
  readonly #branches: number;
  /** By lookahead (and for the whole expression) the branches that failed, by place. */
  readonly #failed = new Map<State, Uint8Array>();
  /** The second ways of branches, not tried yet, and where they begin. */
  readonly #open: State[] = [];
  readonly #places: number[] = [];

  constructor(text: string, branches: number) {
    this.#text = text;
    this.#branches = branches;
  }

  /** Returns whether a state leads to acceptance from a place on. */
  reaches(start: State, place = 0): boolean {
    const before = this.#open.length;
    let found = this.#follow(start, place, start);
    while (!found && this.#open.length > before)
      found = this.#follow(this.#open.pop() as State, this.#places.pop() as number, start);
    // The branches that led there look like failed ones.
    if (found) {
      this.#failed.delete(start);
      this.#open.length = before;
      this.#places.length = before;
    }
    return found;
  }

  /** Follows one way to its end, and leaves the others open. */
  #follow(from: State, at: number, start: State): boolean {
    const text = this.#text;
    let state = from;
    let place = at;
    for (;;) {
      switch (state.kind) {
        case 'accept':
          return true;
        case 'fail':
          return false;
        case 'character':
          if (place === text.length || !state.takes(text.charCodeAt(place))) return false;
          place += 1;
          state = state.next;
          break;
        case 'start':
          if (place !== 0) return false;
          state = state.next;
          break;
        case 'end':
          if (place !== text.length) return false;
          state = state.next;
          break;
        case 'look':
          if (this.reaches(state.ahead, place) === state.negative) return false;
          state = state.next;
          break;
        case 'branch': {
          const failed = this.#failedOf(start);
          const index = state.id * (text.length + 1) + place;
          if (failed[index] === 1) return false;
          failed[index] = 1;
          this.#open.push(state.second);
          this.#places.push(place);
          state = state.first;
        }
      }
    }
  }

  #failedOf(start: State): Uint8Array {
    let failed = this.#failed.get(start);
    if (failed === undefined) {
      failed = new Uint8Array(this.#branches * (this.#text.length + 1));
      this.#failed.set(start, failed);
    }
    return failed;
  }
}

/** Reads a regular expression; each part is a function that makes its states in front of those that follow. */
class Parser {
  rest: string;
  branches = 0;

  constructor(source: string) {
    this.rest = source;
  }

  alternatives(): Emit {
    const options = [this.#sequence()];
    while (this.#skip('|')) options.push(this.#sequence());
    return options.reduceRight((others, option) => next => this.#branch(option(next), others(next)));
  }

  #sequence(): Emit {
    const parts: Emit[] = [];
    while (this.rest !== '' && !this.rest.startsWith('|') && !this.rest.startsWith(')')) parts.push(this.#quantified());
    return next => parts.reduceRight((following, part) => part(following), next);
  }

  #quantified(): Emit {
    const part = this.#part();
    const [, sign, least, comma, most] = this.#take(/^(?:([*+?])|\{(\d{1,3})(?:(,)(\d{0,3}))?\})\??/) ?? [];
    if (sign === undefined && least === undefined) return part;
    const min = sign === undefined ? Number(least) : sign === '+' ? 1 : 0;
    const endless = sign === '*' || sign === '+' || (comma !== undefined && most === '');
    const max = sign === '?' ? 1 : comma === undefined ? min : Number(most);
    return next => {
      let state = endless ? this.#loop(part, next) : next;
      if (!endless) for (let times = min; times < max; times += 1) state = this.#branch(part(state), next);
      for (let times = 0; times < min; times += 1) state = part(state);
      return state;
    };
  }

  #part(): Emit {
    if (this.#skip('^')) return next => ({ kind: 'start', next });
    if (this.#skip('$')) return next => ({ kind: 'end', next });
    if (this.#skip('(?!')) return this.#look(true);
    if (this.#skip('(?=')) return this.#look(false);
    if (this.#skip('(?:')) return this.#group();
    if (this.rest.startsWith('(?')) throw new SyntaxError(`unexpected ${this.rest.slice(0, 4)}`);
    if (this.#skip('(')) return this.#group();
    return this.#character();
  }

  #group(): Emit {
    const inner = this.alternatives();
    if (!this.#skip(')')) throw new SyntaxError('a group is not closed');
    return inner;
  }

  #look(negative: boolean): Emit {
    const inner = this.#group();
    return next => ({ kind: 'look', ahead: inner(ACCEPT), negative, next });
  }

  #character(): Emit {
    if (this.#skip('.')) return next => ({ kind: 'character', takes: () => true, next });
    // A class, or an escape that stands for one, is left to the engine: of one character it takes no time.
    const [one] = this.#take(/^(?:\[(?:\\.|[^\]\\])*\]|\\[dDwWsSnrtfv])/s) ?? [];
    if (one !== undefined) {
      const pattern = new RegExp(`^${one}$`);
      const isIn = (code: number) => pattern.test(String.fromCharCode(code));
      const ascii = Array.from({ length: 128 }, (_, code) => isIn(code));
      return next => ({ kind: 'character', takes: code => ascii[code] ?? isIn(code), next });
    }
    const [, escaped, plain] = this.#take(/^(?:\\([^0-9A-Za-z])|([^\\*+?{}()|[\]]))/s) ?? [];
    const literal = escaped ?? plain;
    if (literal === undefined) throw new SyntaxError(`unexpected ${this.rest.slice(0, 2)}`);
    const code = literal.charCodeAt(0);
    return next => ({ kind: 'character', takes: other => other === code, next });
  }

  #branch(first: State, second: State): Branch {
    this.branches += 1;
    return { kind: 'branch', id: this.branches - 1, first, second };
  }

  #loop(part: Emit, next: State): State {
    const loop = this.#branch({ kind: 'fail' }, next);
    loop.first = part(loop);
    return loop;
  }

  #skip(text: string): boolean {
    const found = this.rest.startsWith(text);
    if (found) this.rest = this.rest.slice(text.length);
    return found;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    const found = pattern.exec(this.rest);
    if (found) this.rest = this.rest.slice(found[0].length);
    return found;
  }
}

import { Counts } from './counts.ts';

/** Lines of two texts that the other one hasn't, as a text each. */
export interface LinesApart {
  readonly gone: Buffer;
  readonly come: Buffer;
  /** Lines that both have. */
  readonly kept: number;
}

const QUOTE = '"';

/** Lines of CSV that count as gone and come in any case: a header alone may be taken for no table. */
const FIRST_OF_CSV = 2;

/**
 * Tells the lines of two texts of CSV apart; null: they have other headers, or a line may be no row of its own. In what is accepted, a line
 * ends within quotes exactly if the lines up to it have an odd number of them, doubled ones included (RFC 4180). So where each line has an
 * even number, each begins a row, kept ones too; what is wrong with a line that came has the whole read.
 */
export function csvLinesApart(before: Buffer, after: Buffer): LinesApart | null {
  const [had, has] = [linesOf(before), linesOf(after)];
  const [header = ''] = has;
  // Of what has none of these it is hard to say whether it is blank; such files are read whole.
  if (header !== had[0] || !/[A-Za-z0-9]/.test(header)) return null;
  return [had, has].every(lines => lines.every(isWhole)) ? apart(had, has, FIRST_OF_CSV) : null;
}

function isWhole(line: string): boolean {
  let isOpen = false;
  for (let at = line.indexOf(QUOTE); at !== -1; at = line.indexOf(QUOTE, at + 1)) isOpen = !isOpen;
  return !isOpen;
}

/**
 * Tells the lines of a text before from those after: a line that is there twice, and was once, has come once. The first line of each
 * counts as gone and come in any case. Each text stays in its order.
 */
export function linesApart(before: Buffer, after: Buffer): LinesApart {
  return apart(linesOf(before), linesOf(after), 1);
}

function apart(had: readonly string[], has: readonly string[], first: number): LinesApart {
  const gone = had.slice(0, first);
  const come = has.slice(0, first);
  let [i, j] = [first, first];
  // Mostly both have the same lines in the same order, but for a few.
  for (; i < had.length && j < has.length; i += 1, j += 1) {
    const [one, other] = [had[i] as string, has[j] as string];
    if (one === other) continue;
    const wasPutIn = one === has[j + 1];
    const wasTakenAway = !wasPutIn && other === had[i + 1];
    if (!wasPutIn) gone.push(one);
    else i -= 1;
    if (!wasTakenAway) come.push(other);
    else j -= 1;
  }
  return withoutShared(gone.concat(had.slice(i)), come.concat(has.slice(j)), has.length, first);
}

/** Takes away what is left of lines that both have, but in another place. */
function withoutShared(gone: readonly string[], come: readonly string[], all: number, first: number): LinesApart {
  const unmet = new Counts(gone.slice(first));
  const left = come.filter((line, place) => place < first || !unmet.take(line));
  const stay = gone.filter((line, place) => place < first || unmet.take(line));
  return { gone: textOf(stay), come: textOf(left), kept: all - left.length };
}

/** Returns lines without their breaks, one character a byte: as they are, whatever the encoding. */
function linesOf(text: Buffer): string[] {
  return text.toString('latin1').split('\n');
}

function textOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map(line => `${line}\n`).join(''), 'latin1');
}

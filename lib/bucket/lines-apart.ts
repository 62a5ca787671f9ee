/** Lines of two texts that the other one hasn't, as a text each. */
export interface LinesApart {
  readonly gone: Buffer;
  readonly come: Buffer;
  /** Lines that both have. */
  readonly kept: number;
}

const QUOTE = '"';

/**
 * Tells the lines of two texts of CSV apart; null: they have other first rows, or a line may be no row of its own. In what was accepted
 * before, a line ends within quotes exactly if the lines up to it have an odd number of them, doubled ones included (RFC 4180).
 */
export function csvLinesApart(before: Buffer, after: Buffer): LinesApart | null {
  const [had, has] = [linesOf(before), linesOf(after)];
  const [header = ''] = has;
  // What is no header is blank, or a mark of the encoding: the one below it is.
  if (header !== had[0] || !/[A-Za-z0-9]/.test(header)) return null;
  return [had, has].every(lines => lines.every(isWhole)) ? apart(had, has) : null;
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
  return apart(linesOf(before), linesOf(after));
}

function apart(had: readonly string[], has: readonly string[]): LinesApart {
  const gone = had.slice(0, 1);
  const come = has.slice(0, 1);
  let [i, j] = [1, 1];
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
  return withoutShared(gone.concat(had.slice(i)), come.concat(has.slice(j)), has.length);
}

/** Takes away what is left of lines that both have, but in another place. */
function withoutShared(gone: readonly string[], come: readonly string[], all: number): LinesApart {
  const unmet = new Map<string, number>();
  for (const line of gone.slice(1)) unmet.set(line, (unmet.get(line) ?? 0) + 1);
  const isTaken = (line: string, place: number): boolean => {
    const left = place === 0 ? 0 : (unmet.get(line) ?? 0);
    if (left > 0) unmet.set(line, left - 1);
    return left > 0;
  };
  const left = come.filter((line, place) => !isTaken(line, place));
  const stay = gone.filter((line, place) => place === 0 || isTaken(line, place));
  return { gone: textOf(stay), come: textOf(left), kept: all - left.length };
}

/** Returns lines without their breaks, one character a byte: as they are, whatever the encoding. */
function linesOf(text: Buffer): string[] {
  return text.toString('latin1').split('\n');
}

function textOf(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map(line => `${line}\n`).join(''), 'latin1');
}

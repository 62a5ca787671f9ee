import type { Note } from '../../files/notes.ts';
import type { ObjectStatus } from '../../state/object-status.ts';
import type { Output } from '../output.ts';
import { printable } from '../printable.ts';

/** Problems of a rejected object that are shown. */
const PROBLEMS = 5;

/** Prints how an object stands: a line, and some of what is wrong with it below. */
export function tellObject(out: Output, status: ObjectStatus): void {
  const { key, state, rows = 0, reason = '', lines = [], skipped, notes = [], inForce } = status;
  const color = { applied: 'green', deleted: 'yellow', rejected: 'red', unread: 'red', unmatched: 'yellow' } as const;
  const left = skipped === undefined ? '' : `, ${skipped.records} records left out: ${printable(skipped.listedIn)}`;
  const changed = notes.reduce((sum, { count }) => sum + count, 0);
  const noted = changed === 0 ? '' : `, ${changed} ${changed === 1 ? 'note' : 'notes'}`;
  const kept = inForce === undefined ? 'the graph has nothing of it' : 'the graph keeps its last good version';
  const about = {
    applied: `${rows} ${rows === 1 ? 'row' : 'rows'}${left}${noted}`,
    deleted: 'its rows are gone',
    rejected: lines.length > 0 ? kept : printable(reason),
    unread: printable(reason),
    unmatched: printable(reason),
  };
  out.event(
    { event: state, ...status },
    `${out.style(color[state], state.padEnd(8))}  ${printable(key)}  ${about[state]}`,
  );
  for (const line of noteLines(notes)) out.line(`          ${line}`);
  if (state !== 'rejected') return;
  for (const line of lines.slice(0, PROBLEMS)) out.line(`          ${printable(line)}`);
  if (lines.length > PROBLEMS) out.line(`          and more: graphdrop explain --object ${printable(key)}`);
}

/** Says what was accepted of a file, but not as it stands there: a line for each kind, with the first place. */
export function noteLines(notes: readonly Note[] = []): string[] {
  return notes.map(({ kind, count, first: [first] }) => {
    const { line, field, problem = '' } = first ?? {};
    const place = [line === undefined ? '' : `line ${line}`, field ?? ''].filter(part => part !== '').join(' ');
    return printable(`${kind} ${count}, first ${place}: ${problem}`);
  });
}

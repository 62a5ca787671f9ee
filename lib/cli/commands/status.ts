import type { Command } from 'commander';
import { STANDINGS } from '../../insight/standing.ts';
import { type ScopeStatus, scopeStatus } from '../../insight/status.ts';
import { waitUntilSettled } from '../../insight/wait.ts';
import { describeHeldBack } from '../../sync/held-back.ts';
import { newCommand, runs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { naturalNumber } from '../natural-number.ts';
import type { Output } from '../output.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { printable } from '../printable.ts';

interface StatusOptions extends PlaceOptions {
  readonly wait?: number | true;
  readonly samples: number;
}

/** Seconds that `--wait` waits where it doesn't say. */
const WAIT_SECONDS = 3_600;

/** `graphdrop status`: how far a load is. */
export function statusCommand(): Command {
  const command = newCommand('status', {
    summary: 'tell how far the graph is behind the files',
    description:
      'Tells how each object stands (applied, pending, partly, rejected, unread), rows by table, the lag from put to commit, and the last batches. Ends with 2 where objects are rejected or unread, where a resync holds rows back, or where --wait gave up.',
    examples: ['graphdrop status', 'graphdrop status people/ --wait', 'graphdrop status --stack graphdrop --json'],
  })
    .argument('[prefix]', 'only objects whose key begins so', '')
    .option('--wait [seconds]', `wait until all of them are in or refused; default: ${WAIT_SECONDS} s`, naturalNumber)
    .option('--samples <number>', 'objects that are not applied to be listed', naturalNumber, 20);
  return runs<StatusOptions>(placeOptions(command), async ({ args, options, out }) => {
    const { wait, samples } = options;
    const asked = { prefix: String(args[0] ?? ''), samples };
    return await inPlace(options, out, async place => {
      const scope = await place.scope();
      const seconds = wait === true ? WAIT_SECONDS : wait;
      const status =
        seconds === undefined
          ? await scopeStatus(scope, asked)
          : await waitUntilSettled(scope, { ...asked, until: Date.now() + seconds * 1_000, onLook: noteProgress(out) });
      out.result(status, () => printStatus(out, status));
      const { rejected, unread } = status.objects;
      return rejected + unread > 0 || status.heldBack !== null || (seconds !== undefined && !status.settled)
        ? EXIT.found
        : EXIT.ok;
    });
  });
}

function noteProgress(out: Output): (status: ScopeStatus) => void {
  let told = '';
  return ({ objects }) => {
    const text = countsText(objects);
    if (text !== told) out.note(text);
    told = text;
  };
}

function countsText(counts: ScopeStatus['objects']): string {
  return STANDINGS.filter(standing => counts[standing] > 0 || standing === 'applied')
    .map(standing => `${counts[standing]} ${standing}`)
    .join(', ');
}

function printStatus(out: Output, status: ScopeStatus): void {
  const { objects, folders, open, rows, batches, head, heldBack, lagMs, waitingMs, next } = status;
  out.line(`${out.style('bold', status.scope)}: ${countsText(objects)}${status.settled ? '; settled' : ''}`);
  if (next !== null) out.line(`Time was up: objects after ${printable(next)} were not looked at.`);
  for (const [is, text] of [
    [head.closed, 'The scope was torn down: nothing is applied.'],
    [head.otherDefinition, 'Another definition is in force than that of this flow: objects may seem pending.'],
    [head.resync, 'The database was restored or wiped; a resync must bring it back.'],
    [head.committing, 'A worker is committing.'],
  ] as const)
    if (is) out.line(text);
  if (heldBack !== null)
    out.line(out.style('red', `${describeHeldBack(heldBack)}. If that is right: graphdrop sync --confirm`));
  if (lagMs !== null) out.line(`From put to commit: ${inSeconds(lagMs.last)}, ${inSeconds(lagMs.longest)} at most.`);
  if (waitingMs !== null) out.line(`The first pending object waits for ${inSeconds(waitingMs)}.`);
  out.line();
  out.table(
    ['folder', ...STANDINGS],
    Object.entries(folders).map(([folder, counts]) => [folder || '/', ...STANDINGS.map(one => counts[one])]),
  );
  out.table(['rows of', 'rows'], Object.entries(rows));
  out.table(
    ['batch', 'objects', 'rows changed', 'lag'],
    batches.map(batch => [
      new Date(batch.at).toISOString(),
      batch.objects,
      batch.rows,
      batch.lagMs === undefined ? '' : inSeconds(batch.lagMs),
    ]),
  );
  for (const { key, standing, reason, lines } of open) {
    out.line(`${out.style('yellow', standing)} ${printable(key)}${lines || !reason ? '' : `: ${printable(reason)}`}`);
    for (const line of lines ?? []) out.line(`    ${printable(line)}`);
  }
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

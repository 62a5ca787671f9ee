import type { Command } from 'commander';
import type { ResyncAnswer } from '../../lambda/sync-context.ts';
import { describeHeldBack, type HeldBack } from '../../sync/held-back.ts';
import type { SyncReport } from '../../sync/sync-report.ts';
import { newCommand, runs } from '../command.ts';
import { followAll, followObjects } from '../dev/follow.ts';
import { tellObject } from '../dev/object-line.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { FunctionFailedError, invoke } from '../place/invoke.ts';
import { keysBelow } from '../place/keys-below.ts';
import { inPlace } from '../place/open-place.ts';
import { type Place, type PlaceOptions, placeOptions } from '../place/place.ts';
import { isStack, type StackPlace } from '../place/stack-place.ts';

interface SyncOptions extends PlaceOptions {
  readonly confirm?: boolean;
}

/** `graphdrop sync`: looks at objects now. */
export function syncCommand(): Command {
  const command = newCommand('sync', {
    summary: 'look at files now, and make the graph follow',
    description: `Looks at all files whose key begins with the prefix, deleted ones too, and applies what is out of date. Without a prefix it looks
at every file; on a stack that is a resync, which its function queues.`,
    examples: ['graphdrop sync', 'graphdrop sync airports/ --stack graphdrop'],
  })
    .argument('[prefix]', 'what keys begin with; default: every key')
    .option('--confirm', 'remove rows even if they are most of what there is; else they are held back');
  return runs<SyncOptions>(placeOptions(command), async ({ args: [prefix], options, out }) => {
    return await inPlace(options, out, async place => {
      if (prefix !== undefined) return await syncKeys(place, await keysBelow(place, String(prefix)), out);
      if (isStack(place)) return await resyncStack(place, options.confirm === true, out);
      const scope = await place.scope();
      const { listed, settled, heldBack } = await followAll(scope, status => tellObject(out, status), options.confirm);
      out.event({ event: 'looked', listed, settled, heldBack }, `looked at ${listed} files${heldText(heldBack)}`);
      return heldBack === null ? await standingOf(place) : EXIT.found;
    });
  });
}

function heldText(held: HeldBack | null): string {
  return held === null ? '' : `; ${describeHeldBack(held)}. If that is right: sync --confirm`;
}

/** Has a stack look at every object: what it finds it queues. */
async function resyncStack(place: StackPlace, confirm: boolean, out: Output): Promise<ExitCode> {
  const { context, outputs } = place;
  const { reports } = await invoke<{ readonly reports: readonly ResyncAnswer[] }>(outputs.syncFunction, {
    resync: true,
    context,
    ...(confirm && { confirm }),
  });
  for (const report of reports) {
    const { listed, queued, settled, continues, heldBack } = report;
    const rest = continues ? ', and goes on: time was up' : settled ? ': the graph is equal to the bucket' : '';
    out.event(
      { event: 'looked', ...report },
      `looked at ${listed} files, queued ${queued}${rest}${heldText(heldBack)}`,
    );
  }
  return reports.some(({ heldBack }) => heldBack !== null) ? EXIT.found : await standingOf(place);
}

/** Keys that one call of a function gets: it has a time limit. */
const KEYS_OF_CALL = 200;

/** Looks at some objects of a place. @returns found: some of them are rejected or can't be read */
export async function syncKeys(place: Place, keys: readonly string[], out: Output): Promise<ExitCode> {
  if (!isStack(place)) {
    const scope = await place.scope();
    const again = await followObjects(scope, keys, status => tellObject(out, status));
    if (again === 'all') await followAll(scope, status => tellObject(out, status));
  }
  if (isStack(place)) await syncOnStack(place, keys);
  const bad: string[] = [];
  for (const key of keys) {
    const status = await place.state.status.get(key);
    if (status === null || (status.state !== 'rejected' && status.state !== 'unread')) continue;
    bad.push(key);
    if (isStack(place)) tellObject(out, status);
  }
  out.event(
    { event: 'synced', objects: keys.length, bad },
    `looked at ${keys.length} files, ${bad.length} are rejected or can't be read`,
  );
  return bad.length === 0 ? EXIT.ok : EXIT.found;
}

/** Has a stack's function look at some objects, and again at those for which its time was up. */
async function syncOnStack({ outputs, scopeName }: StackPlace, keys: readonly string[]): Promise<void> {
  const { bucket, syncFunction } = outputs;
  for (let left = [...keys]; left.length > 0; ) {
    const part = left.splice(0, KEYS_OF_CALL);
    const { reports } = await invoke<{ readonly reports: readonly SyncReport[] }>(syncFunction, { bucket, keys: part })
      // Of those that can't be read people are told by their statuses.
      .catch(error => {
        if (error instanceof FunctionFailedError && error.type === 'UnreadObjectsError') return { reports: [] };
        throw error;
      });
    const again = reports.find(({ scope }) => scope === scopeName)?.unsettled ?? [];
    // As many as before: they keep changing, which their events tell the stack.
    if (again.length < part.length) left = [...again, ...left];
  }
}

async function standingOf({ state }: Place): Promise<ExitCode> {
  for await (const { state: standing } of state.status.list()) {
    if (standing === 'rejected' || standing === 'unread') return EXIT.found;
  }
  return EXIT.ok;
}

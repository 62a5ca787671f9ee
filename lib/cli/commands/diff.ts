import { type Command, InvalidArgumentError } from 'commander';
import { graphDiff, type RootName } from '../../insight/diff.ts';
import { HASH_LENGTH } from '../../values/hash.ts';
import { newCommand, runs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { naturalNumber } from '../natural-number.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { printChanges } from '../print-changes.ts';

interface DiffOptions extends PlaceOptions {
  readonly from: RootName;
  readonly to?: RootName;
  readonly samples: number;
}

/** `graphdrop diff`: what changed in the graph. */
export function diffCommand(): Command {
  const command = newCommand('diff', {
    summary: 'tell what changed in the graph since a time or a root',
    description:
      'Tells which rows came, changed, went, or were taken over by another object, between two roots of tracked state that are still kept. Ends with 2 where something changed.',
    examples: ['graphdrop diff --from 2h', 'graphdrop diff --from 2026-11-29T08:00:00Z --to 30m'],
  })
    .requiredOption('--from <when>', 'how long ago (90s, 30m, 2h, 1d), an ISO time, or a root', rootName)
    .option('--to <when>', 'the same; default: now', rootName)
    .option('--samples <number>', 'rows to be listed of each kind', naturalNumber, 10);
  return runs<DiffOptions>(placeOptions(command), async ({ options, out }) => {
    const { from, to, samples } = options;
    return await inPlace(options, out, async place => {
      const diff = await graphDiff(await place.scope(), from, to, samples);
      const isEmpty = Object.keys(diff.tables).length === 0;
      out.result(diff, () => {
        out.line(`${out.style('bold', diff.scope)}: ${diff.from || '(empty)'} to ${diff.to || '(empty)'}`);
        if (isEmpty) out.line('Nothing changed.');
        printChanges(out, diff.tables);
      });
      return isEmpty ? EXIT.ok : EXIT.found;
    });
  });
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads a time, past or written out, or a root. @throws InvalidArgumentError */
function rootName(text: string): RootName {
  const [, number, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined) return Date.now() - Number(number) * (UNITS[unit] ?? 0);
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const at = Date.parse(text);
    if (Number.isNaN(at)) throw new InvalidArgumentError('This is no time. Example: 2026-11-29T08:00:00Z');
    return at;
  }
  if (/^[\w-]+$/.test(text) && text.length === HASH_LENGTH) return text;
  throw new InvalidArgumentError('It takes 2h, an ISO time, or a root (graphdrop status --json lists them).');
}

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { type ChangePlan, planChanges } from '../../insight/plan.ts';
import type { Scope } from '../../scope.ts';
import { CliError } from '../cli-error.ts';
import { newCommand, runs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { naturalNumber } from '../natural-number.ts';
import type { Output } from '../output.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { printChanges } from '../print-changes.ts';
import { printable } from '../printable.ts';

interface PlanCommandOptions extends PlaceOptions {
  readonly prefix: string;
  readonly delete?: readonly string[];
  readonly maxDeletes?: number;
  readonly samples: number;
}

/** `graphdrop plan`: what a change would do. */
export function planCommand(): Command {
  const command = newCommand('plan', {
    summary: 'tell what files, deletions or a changed flow would do, without doing it',
    description:
      'Tells which rows would come, change, go, or be taken over by another file, which stubs would be made and removed, and which statements a deploy of the flow would issue. Without files and --delete: what is open in the bucket or folder, by the flow as it is now. Ends with 0 if nothing would change, with 2 if something would, and with 1 if more rows would go than --max-deletes allows.',
    examples: [
      'graphdrop plan',
      'graphdrop plan people.csv --prefix people/ --max-deletes 100',
      'graphdrop plan --delete people/old.csv',
      'graphdrop plan --stack graphdrop --flow flow.ts',
    ],
  })
    .argument('[files...]', 'local files, as they would be put')
    .option('--prefix <prefix>', 'what comes before the files’ names in their keys, e.g. people/', '')
    .option('--delete <key...>', 'objects that would be deleted')
    .option('--max-deletes <number>', 'rows that may go: more is a failure', naturalNumber)
    .option('--samples <number>', 'rows to be listed of each kind', naturalNumber, 10);
  return runs<PlanCommandOptions>(placeOptions(command), async ({ args, options, out }) => {
    const { prefix, samples, maxDeletes } = options;
    const put = await contentOf((args[0] ?? []) as readonly string[], prefix, options.delete ?? []);
    return await inPlace(options, out, async place => {
      const scope = await place.scope();
      requireSources(scope, [...put.keys()]);
      const plan = await planChanges(scope, { samples, ...(put.size > 0 && { put }) });
      out.result(plan, () => printPlan(out, plan));
      if (maxDeletes !== undefined && plan.deletes > maxDeletes) {
        throw new CliError(`${plan.deletes} rows would go, and --max-deletes allows ${maxDeletes}`);
      }
      return plan.changes || plan.refused.length > 0 ? EXIT.found : EXIT.ok;
    });
  });
}

/** @throws CliError for a file that no source matches: that nothing would change is not what was asked */
function requireSources(scope: Scope, keys: readonly string[]): void {
  const unknown = keys.filter(key => scope.sourceOf(key) === undefined);
  if (unknown.length === 0) return;
  const globs = scope.definition.sources.map(({ glob }) => glob).join(', ');
  throw new CliError(
    `no source of the flow (${globs}) matches ${unknown.map(printable).join(', ')}. Give files' folder by --prefix`,
  );
}

async function contentOf(files: readonly string[], prefix: string, deleted: readonly string[]) {
  const content = new Map<string, Uint8Array | null>(deleted.map(key => [key, null]));
  for (const file of files) {
    const key = `${prefix}${basename(file)}`;
    if (content.has(key)) throw new CliError(`${key} is named twice`);
    content.set(key, await readFile(file).catch(unreadable(file)));
  }
  return content;
}

function unreadable(file: string) {
  return (cause: NodeJS.ErrnoException): never => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.message;
    throw new CliError(`${file} can't be read: ${why}. Name local files, as they would be put`, { cause });
  };
}

function printPlan(out: Output, plan: ChangePlan): void {
  const { tables, stubs, schema, refused, objects, deletes, comparable } = plan;
  out.line(
    `${out.style('bold', plan.scope)}: ${objects} objects, ${plan.changes ? `${deletes} rows would go` : 'nothing would change'}`,
  );
  if (!comparable) out.line('The database isn’t what tracked state says: a sync would bring it back first.');
  printChanges(out, tables);
  for (const [label, { made, removed, filled }] of Object.entries(stubs)) {
    for (const [what, { count, first }] of [
      ['made', made],
      ['removed', removed],
      ['declared from now on', filled],
    ] as const) {
      if (count === 0) continue;
      const more = count > first.length ? ` and ${count - first.length} more` : '';
      out.line(`stubs ${label} ${what}: ${first.map(key => printable(String(key))).join(', ')}${more}`);
    }
  }
  for (const { key, reason, lines } of refused) {
    out.line(`${out.style('red', 'refused')} ${printable(key)}${lines.length > 0 ? '' : `: ${printable(reason)}`}`);
    for (const line of lines) out.line(`    ${printable(line)}`);
  }
  for (const statement of schema) out.line(`deploy: ${printable(statement)}`);
}

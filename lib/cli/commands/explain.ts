import type { Command } from 'commander';
import type { Ends } from '../../definition/declaration.ts';
import type { AskedRow } from '../../insight/asked-row.ts';
import { explainObject, type ObjectExplanation } from '../../insight/explain-object.ts';
import { explainRow, type OwnerExplanation, type RowExplanation } from '../../insight/explain-row.ts';
import type { GraphEdge } from '../../insight/graph-row.ts';
import { CliError } from '../cli-error.ts';
import { newCommand, runs } from '../command.ts';
import { noteLines } from '../dev/object-line.ts';
import { EXIT } from '../exit-codes.ts';
import { naturalNumber } from '../natural-number.ts';
import type { Output } from '../output.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { printable } from '../printable.ts';

interface ExplainOptions extends PlaceOptions {
  readonly object?: string;
  readonly from?: string;
  readonly to?: string;
  readonly seconds: number;
  readonly limit: number;
}

/** `graphdrop explain`: where a node or an edge comes from, or what comes of an object. */
export function explainCommand(): Command {
  const command = newCommand('explain', {
    summary: 'tell where a node or an edge comes from',
    description:
      'Tells which objects declare a node or an edge, in which lines, which of them wins and why, which would take over, and since when it is as it is; with --object, which rows an object declares. Ends with 2 where no object declares it.',
    examples: [
      'graphdrop explain Person ada',
      'graphdrop explain KNOWS --from ada --to bob',
      'graphdrop explain --object people/a.ndjson',
    ],
  })
    .argument('[name]', 'label of the node, or type of the edge')
    .argument('[key]', 'key of the node, or of an edge that has one of its own')
    .option('--from <key>', 'of an edge: the key of the node that it goes from')
    .option('--to <key>', 'of an edge: the key of the node that it goes to')
    .option('--object <key>', 'tell all rows of this object instead')
    .option('--limit <number>', 'owners of a row, or rows of an object, to be told', naturalNumber, 10)
    .option('--seconds <number>', 'time for reading files', naturalNumber, 20);
  return runs<ExplainOptions>(placeOptions(command), async ({ args, options, out }) => {
    const { object, limit } = options;
    const deadline = Date.now() + options.seconds * 1_000;
    return await inPlace(options, out, async place => {
      const scope = await place.scope();
      if (object !== undefined) {
        const found = await explainObject(scope, object, { limit, deadline });
        out.result(found, () => printObject(out, found));
        return found.rows === null ? EXIT.found : EXIT.ok;
      }
      const found = await explainRow(scope, askedRow(args[0], args[1], options), { owners: limit, deadline });
      out.result(found, () => {
        for (const row of found) printRow(out, row);
      });
      return found.some(({ owners }) => owners > 0) ? EXIT.ok : EXIT.found;
    });
  });
}

function askedRow(name: unknown, key: unknown, { from, to }: ExplainOptions): AskedRow {
  if (typeof name !== 'string') {
    throw new CliError('say which: a label and a key, a type with --from and --to, or --object');
  }
  if ((from === undefined) !== (to === undefined))
    throw new CliError('an edge has two ends: give both --from and --to');
  return {
    name,
    ...(typeof key === 'string' && { key }),
    ...(from !== undefined && to !== undefined && { ends: { from, to } }),
  };
}

function printRow(out: Output, row: RowExplanation): void {
  const { table, key, ends, owners, declaredBy, reason, since, valuesUnknown, graph } = row;
  out.line(out.style('bold', `${table} ${nameOf(key, ends)}`));
  if (reason === null) out.line('No object declares it.');
  for (const [index, owner] of declaredBy.entries()) {
    out.line(`${index === 0 ? `wins, for ${reason}` : 'then'}:`);
    printOwner(out, owner);
  }
  if (owners > declaredBy.length) out.line(`and ${owners - declaredBy.length} more objects (--limit)`);
  if (since !== null) out.line(`As it is since ${since.at}, by the batch that led to root ${since.root}.`);
  if (row.isAbsent) out.line('The winner declares that it is absent: it isn’t in the graph.');
  if (valuesUnknown) out.line("Which values the graph has isn't known: the winner's file could not be read.");
  if (typeof graph === 'string') out.line(printable(graph));
  else if (graph === null) out.line('The database was not found to have it.');
  else {
    if (graph.isStub) out.line('The database has a stub: only its key, for the edges that touch it.');
    if (graph.labels.length > 0)
      out.line(`The database has it with the labels ${graph.labels.map(printable).join(', ')}.`);
    if (graph.copies > 1) out.line(`The database has ${graph.copies} of it.`);
    if (graph.unmanaged.length > 0) out.line(`Not managed: ${graph.unmanaged.map(printable).join(', ')}`);
    for (const edge of graph.edges) printEdge(out, edge);
  }
  out.line();
}

function printOwner(out: Output, owner: OwnerExplanation): void {
  const { object, version, lines, values, labels = [], versionId, put, applied } = owner;
  const where = typeof lines === 'string' ? `${printable(object)} (${printable(lines)})` : placesOf(object, lines);
  out.line(`  ${where}${version === undefined ? '' : `, version ${printable(version)}`}`);
  const times = [put && `put ${put}`, versionId && `as version ${versionId}`, applied && `applied ${applied}`];
  if (times.some(Boolean)) out.line(`    ${times.filter(Boolean).join(', ')}`);
  if (labels.length > 0) out.line(`    :${labels.map(printable).join(':')}`);
  for (const [name, value] of Object.entries(values ?? {})) out.line(`    ${printable(name)} = ${printable(value)}`);
}

function printEdge(out: Output, { type, from, to, declaredBy }: GraphEdge): void {
  const ends = [from, to].map(({ label, key }) => `(:${label} ${printable(String(key))})`);
  const by = declaredBy === null ? 'no object declares it' : printable(declaredBy);
  out.line(`  ${ends[0]}-[:${type}]->${ends[1]}: ${by}`);
}

function printObject(out: Output, found: ObjectExplanation): void {
  const { object, source, status, rows, declared, next, linesUnknown } = found;
  out.line(`${out.style('bold', printable(object))}: ${source === null ? 'no source matches it' : `source ${source}`}`);
  if (status === null) out.line('It was never looked at.');
  else {
    out.line(`${status.state} ${status.at}${status.reason ? `: ${printable(status.reason)}` : ''}`);
    for (const line of status.lines ?? []) out.line(`    ${printable(line)}`);
    for (const line of noteLines(status.notes)) out.line(`    ${line}`);
  }
  if (rows === null) {
    out.line('The graph has nothing of it.');
    return;
  }
  out.line(`${rows} rows${linesUnknown === null ? '' : `; ${printable(linesUnknown)}`}`);
  out.table(
    ['lines', 'row', '', 'won by'],
    declared.map(({ table, key, ends, lines, winner, isAbsent, valuesUnknown }) => [
      lines.join(', '),
      table,
      nameOf(key, ends),
      `${winner === object ? 'it' : winner}${isAbsent ? ' (absent)' : ''}${valuesUnknown ? ' (values unknown)' : ''}`,
    ]),
  );
  if (next !== null) out.line('There are more (--limit).');
}

function placesOf(object: string, lines: readonly number[]): string {
  return `${printable(object)}:${lines.join(', ')}`;
}

function nameOf(key: unknown, ends: Ends | undefined): string {
  return printable(ends === undefined ? String(key) : `${ends.from} → ${ends.to}`);
}

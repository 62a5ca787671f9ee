import type { Command } from 'commander';
import neo4j, { type Node, type Path } from 'neo4j-driver';
import { readable } from '../../testing/readable.ts';
import { rawJson } from '../../values/raw-json.ts';
import { newCommand, runs } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { inPlace } from '../place/open-place.ts';
import { type PlaceOptions, placeOptions } from '../place/place.ts';
import { exactJson } from '../printable.ts';

/** `graphdrop query`: asks the database of a place. */
export function queryCommand(): Command {
  const command = newCommand('query', {
    summary: 'ask the graph a question in Cypher',
    description:
      'Runs a statement in the place’s database, and prints its rows. Managed rows that it changes are put right by verify --repair.',
    examples: ["graphdrop query 'MATCH (n) RETURN labels(n) AS labels, count(*) AS nodes'"],
  }).argument('<cypher>', 'one statement');
  return runs<PlaceOptions>(placeOptions(command), async ({ args: [text = ''], options, out }) => {
    return await inPlace(options, out, async place => {
      const { graph } = await place.connection();
      const rows = await graph.queryOnce(String(text));
      const head = Object.keys(rows[0] ?? {});
      out.result(
        rows.map(row => Object.fromEntries(head.map(name => [name, shown(row[name])]))),
        () => {
          if (rows.length === 0) out.line('no rows');
          out.table(
            head,
            rows.map(row => head.map(name => cell(shown(row[name])))),
          );
        },
      );
      return EXIT.ok;
    });
  });
}

function cell(value: unknown): string | number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value;
  return exactJson(value);
}

/** A value of a result: a node or edge by its properties, a path as a pattern. */
function shown(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return shownFloat(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object') return readable(value);
  if (isPath(value)) return patternOf(value);
  const { properties } = value as { readonly properties?: object };
  const plain = properties ?? (Object.getPrototypeOf(value) === Object.prototype ? value : undefined);
  if (plain === undefined) return readable(value);
  return Object.fromEntries(Object.entries(plain).map(([name, item]) => [name, shown(item)]));
}

/** Tells a FLOAT from an INTEGER, which is a bigint here: `1.0`, not `1`. */
function shownFloat(value: number): unknown {
  const text = Object.is(value, -0) ? '-0' : String(value);
  if (!Number.isFinite(value)) return text;
  return /^-?\d+$/.test(text) ? rawJson(`${text}.0`) : value;
}

function isPath(value: object): value is Path {
  return neo4j.isPath(value);
}

/** Writes a path as Cypher would match it. */
function patternOf({ start, segments }: Path): string {
  const node = ({ labels, properties }: Node) => `(:${labels.join(':')} ${cell(shown(properties))})`;
  const steps = segments.map(({ start: from, relationship: { type, properties, startNodeElementId }, end }) => {
    const isForward = startNodeElementId === from.elementId;
    const edge = `-[:${type} ${cell(shown(properties))}]-`;
    return `${isForward ? `${edge}>` : `<${edge}`}${node(end)}`;
  });
  return [node(start), ...steps].join('');
}

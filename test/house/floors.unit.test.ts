/** Promise: the code stands in rooms, one above the other, and each says what belongs in it. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesOf, floors, importsOf, roomOf, textOf } from './tree.ts';

const SOURCES = filesOf('lib', 'functions', 'infra').filter(path => path.endsWith('.ts'));
const ORDER = floors();

describe('rooms', () => {
  it('are listed in docs/architecture.md, all of them and no other', () => {
    expect([...ORDER].sort()).toEqual([...new Set(SOURCES.map(roomOf))].sort());
  });

  it('import only from rooms below', () => {
    const upward = SOURCES.flatMap(path =>
      importsOf(path)
        .filter(target => ORDER.indexOf(roomOf(target)) > ORDER.indexOf(roomOf(path)))
        .map(target => `${path} imports ${target}: move what it needs down, or pass it in`),
    );
    expect(upward).toEqual([]);
  });

  it('open with a README of two to six lines', () => {
    const folders = ORDER.filter(room => !room.endsWith('.ts'));
    const wrong = folders.filter(room => {
      const readme = `${room}/README.md`;
      if (!existsSync(readme)) return true;
      const lines = textOf(readme)
        .split('\n')
        .filter(line => line.trim() !== '').length;
      return lines < 2 || lines > 6;
    });
    expect(wrong).toEqual([]);
  });

  it('hold all of lib but a handful of files', () => {
    expect(filesOf('lib').filter(path => path.split('/').length === 2).length).toBeLessThanOrEqual(5);
  });
});

describe('files', () => {
  it('import each other in no circle, not even for types', () => {
    expect(circles(new Map(SOURCES.map(path => [path, importsOf(path)])))).toEqual([]);
  });

  it('of code and suites have at most 340 lines', () => {
    const code = [...SOURCES, ...filesOf('test').filter(path => path.endsWith('.test.ts'))];
    expect(code.filter(path => textOf(path).trimEnd().split('\n').length > 340)).toEqual([]);
  });

  it('are named for what they hold', () => {
    const vague = /(^|[/-])(utils?|helpers?|common|misc|shared)([/.-]|$)/;
    expect(SOURCES.filter(path => vague.test(path))).toEqual([]);
  });

  it('pass no exports on, but for the package’s entries', () => {
    const { exports } = JSON.parse(textOf('package.json')) as { exports: Record<string, string> };
    const entries = Object.values(exports).map(path => path.replace('./dist/', '').replace(/\.js$/, '.ts'));
    const passingOn = SOURCES.filter(path => /^export (type )?(\*|\{[^}]*\}) from '\./m.test(textOf(path)));
    expect(passingOn.filter(path => !entries.includes(path))).toEqual([]);
  });
});

/** Finds the groups of nodes that reach each other (Tarjan's strongly connected components of more than one node). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node) as number);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node) as number, low.get(next) as number));
    }
    if (low.get(node) !== index.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) found.push(group.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

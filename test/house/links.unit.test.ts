/** Promise: every link and every path that a document names leads somewhere. */
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { filesOf, textOf } from './tree.ts';

const DOCUMENTS = filesOf('*.md');

it('links only to files and headings that exist', () => {
  const dead = DOCUMENTS.flatMap(path =>
    [...prose(path).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
      if (/^[a-z]+:/.test(link as string)) return [];
      const [file, heading] = (link as string).split('#') as [string, string?];
      const target = file === '' ? path : posix.join(posix.dirname(path), file);
      if (!existsSync(target)) return [`${path}: ${link}`];
      return heading === undefined || anchors(target).includes(heading) ? [] : [`${path}: ${link}`];
    }),
  );
  expect(dead).toEqual([]);
});

it('names only files that exist', () => {
  const dead = DOCUMENTS.filter(path => path !== 'CHANGELOG.md').flatMap(path =>
    [...textOf(path).matchAll(/(?<![\w/.-])(?:lib|functions|infra|test|examples|docs)\/[\w/.-]+\.(?:ts|md|json)\b/g)]
      .map(([file]) => file)
      .filter(file => !existsSync(file))
      .map(file => `${path}: ${file}`),
  );
  expect(dead).toEqual([]);
});

it('names only suites that exist, in SPEC.md', () => {
  const suites = new Set(filesOf('test'));
  const rows = textOf('SPEC.md').matchAll(/^\| [A-Z]\d+ \|.*\| ([^|]+) \|$/gm);
  const dead = [...rows].flatMap(([, cell]) => {
    let folder = '';
    return (cell as string)
      .replace(/\([^)]*\)/g, '')
      .split(',')
      .map(name => name.trim())
      .filter(name => {
        if (name.includes('/')) folder = posix.dirname(name);
        const path = posix.join(folder, posix.basename(name));
        return !suites.has(`${path}.test.ts`) && ![...suites].some(file => file.startsWith(`${name}/`));
      });
  });
  expect(dead).toEqual([]);
});

it('names only code that exists, in SPEC.md', () => {
  const code = filesOf('lib', 'functions', 'infra').filter(path => path.endsWith('.ts'));
  const words = new Set(code.flatMap(path => textOf(path).match(/\w+/g) ?? []));
  const cells = [...textOf('SPEC.md').matchAll(/^\| [A-Z]\d+ \|.*\|(.*)\|[^|]+\|$/gm)].map(
    ([, cell]) => cell as string,
  );
  const named = cells.flatMap(cell =>
    [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, name]) => name?.match(/\w+/g) ?? []),
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(word => !words.has(word))).toEqual([]);
  const misplaced = cells.flatMap(cell =>
    [...cell.matchAll(/`([^`]+)` in ([\w/.-]+\.ts)/g)]
      .filter(([, name, path]) => !name?.match(/\w+/g)?.every(word => textOf(path as string).includes(word)))
      .map(([place]) => place),
  );
  expect(misplaced).toEqual([]);
});

/** Returns a document without its code blocks. */
function prose(path: string): string {
  return textOf(path).replace(/^```[\s\S]*?^```/gm, '');
}

/** Lists the anchors that GitHub makes of a document's headings. */
function anchors(path: string): string[] {
  return [...prose(path).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** Lists the repository's files that git doesn't ignore, among some folders or patterns. */
export function filesOf(...paths: readonly string[]): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', ...paths], { encoding: 'utf8' });
  return listed.split('\n').filter(path => path !== '' && existsSync(path));
}

export function textOf(path: string): string {
  return readFileSync(path, 'utf8');
}

const RELATIVE_IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']*)'/g;

/** Lists the files that a module imports by a relative path, those of types too. */
export function importsOf(path: string): string[] {
  return [...textOf(path).matchAll(RELATIVE_IMPORT)].map(([, specifier]) =>
    posix.join(posix.dirname(path), specifier as string),
  );
}

/** Reads the order of rooms, lowest first, from docs/architecture.md: the first column of its table. */
export function floors(): string[] {
  const table = textOf('docs/architecture.md').split('## Rooms')[1]?.split('\n## ')[0] ?? '';
  return [...table.matchAll(/^\| \[?`([^`]+)`/gm)].map(([, room]) => room as string);
}

/** Returns the room of a file: a folder or a file of lib, or the top folder. */
export function roomOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'lib' ? parts.slice(0, 2).join('/') : (parts[0] as string);
}

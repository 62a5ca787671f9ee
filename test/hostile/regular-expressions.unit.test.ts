/** Threat: text from a file, a request or a server makes a regular expression backtrack for minutes. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { parse } from 'acorn';
import { describe, expect, test } from 'vitest';

// Needs no Java and no binary; read when the module is loaded.
process.env.RECHECK_BACKEND = 'pure';
const { checkSync } = await import('recheck');

/** Make an expression of a text at run time: of what, the reader of the code must judge. */
const MADE_AT_RUN_TIME = [
  'lib/files/keys/linear-regexp.ts', // of one class, to test one character
  'lib/values/temporal-fields.ts', // of the module's own constants
];

const TIMEOUT_MS = 60_000;

interface Expression {
  readonly pattern: string;
  readonly flags: string;
}

const { literals, made } = expressionsOf(
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'lib', 'functions'], {
    encoding: 'utf8',
  })
    .trim()
    .split('\n')
    .filter(path => path.endsWith('.ts')),
);

/** Reads all regular expressions of some modules. */
function expressionsOf(paths: readonly string[]) {
  const literals = new Map<string, Expression>();
  const made = new Set<string>();
  for (const path of paths) {
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { type, regex, callee } = node as { type?: string; regex?: Expression; callee?: { name?: string } };
      if (type === 'Literal' && regex) literals.set(`${path}: /${regex.pattern}/${regex.flags}`, regex);
      if ((type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp') made.add(path);
      for (const part of Object.values(node)) visit(part);
    };
    const code = stripTypeScriptTypes(readFileSync(path, 'utf8'));
    visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }));
  }
  return { literals, made };
}

describe('each regular expression takes time in proportion to its text', () => {
  test.each([...literals])('%s', { timeout: 2 * TIMEOUT_MS }, (_, { pattern, flags }) => {
    expect(checkSync(pattern, flags, { timeout: TIMEOUT_MS })).toMatchObject({ status: 'safe' });
  });

  test('and the analyser finds one that does not', () => {
    expect(checkSync('^(\\d+)*$', '').status).toBe('vulnerable');
    expect(checkSync('0+$', '').status).toBe('vulnerable');
  });
});

test('no other module makes a regular expression at run time', () => {
  expect([...made].sort()).toEqual(MADE_AT_RUN_TIME);
});

/** Promise: docs/reference.md has every option of flows and of the construct, as the code's comments have it. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { filesOf } from '../house/tree.ts';
import { FILE, reference } from './reference.ts';

const text = reference();

it('is what the comments say (npm run api-docs writes it)', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(text);
});

it('has every option that a flow’s author or a stack’s can give', () => {
  const exported = readFileSync('lib/index.ts', 'utf8').matchAll(/\b(\w+(?:Options|Limits|Def|Meta))\b/g);
  const props = filesOf('infra/props/*.ts', 'infra/connection.ts').flatMap(path =>
    [...readFileSync(path, 'utf8').matchAll(/^export interface (\w+Props)\b/gm)].map(([, name]) => name as string),
  );
  const options = [...new Set([...exported].map(([, name]) => name as string).concat(props))];
  // Made of others that are there; and what looks at the graph from a program.
  const composed = ['ReaderOptions', 'GraphDropProps', 'ConnectionOptions'];
  const missing = options.filter(name => !composed.includes(name) && !text.includes(`### ${name}\n`));
  expect(missing).toEqual([]);
});

it('says of every option what it does', () => {
  expect(text.match(/\| `[^\n]*` \| {2}\|/g)).toBeNull();
});

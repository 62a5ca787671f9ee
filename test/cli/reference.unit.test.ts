/** Promise: docs/cli.md says what the command line's help says. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reference } from './reference.ts';

it('is current: npm run cli-docs writes it anew', () => {
  expect(readFileSync('docs/cli.md', 'utf8')).toBe(reference());
});

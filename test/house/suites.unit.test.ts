/** Promise: each suite says in its first line which threat it stands against, or which promise it keeps. */
import { expect, it } from 'vitest';
import { filesOf, textOf } from './tree.ts';

it('opens every suite with its threat or its promise', () => {
  const suites = filesOf('test').filter(path => path.endsWith('.test.ts'));
  expect(suites.filter(path => !/^\/\*\* (Threat|Promise): /.test(textOf(path)))).toEqual([]);
});

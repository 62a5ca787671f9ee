/** Promise: the flow that the README has a newcomer write is one. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { textOf } from './tree.ts';

it('defines the tables and sources that it speaks of', () => {
  const [, written = ''] = /^```ts\n(\/\/ flow\.ts\n[\s\S]*?)^```/m.exec(textOf('README.md')) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'graphdrop-readme-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'flow.ts'), written);
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const loader = JSON.stringify(resolve('lib/flow-module/load-flow.ts'));
    const script = `console.log(JSON.stringify((await (await import(${loader})).loadFlow(process.argv[1])).definitions))`;
    const node = ['--input-type=module', '-e', script, join(folder, 'flow.ts')];
    const [definition] = JSON.parse(execFileSync(process.execPath, node, { encoding: 'utf8' })) as [object];
    expect(definition).toMatchObject({
      context: 'people',
      tables: [{ label: 'Person' }, { type: 'KNOWS' }],
      sources: [{ glob: 'people/*.ndjson' }, { glob: 'knows/*.csv' }],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Promise: objects are looked at again when the user's code changed, and only then. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flowFingerprint } from '../../lib/flow-module/flow-fingerprint.ts';
import { loadFlow } from '../../lib/flow-module/load-flow.ts';

const library = join(import.meta.dirname, '..', '..', 'lib', 'index.ts');
const flow = `
  import { flow } from ${JSON.stringify(library)};
  import { z } from 'zod';
  import { name } from './part.ts';
  export default flow(name, z);
`;
const part = "export const name: string = 'kg';";

describe('the fingerprint of a flow', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'graphdrop-flow-'));
  });
  afterAll(() => rm(dir, { recursive: true }));

  let count = 0;
  /** Of these files in a folder of their own. */
  async function fingerprint(files: Record<string, string>): Promise<string> {
    const folder = join(dir, String(count++), 'deeper'.repeat(count));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return (await flowFingerprint(join(folder, 'flow.ts'))).fingerprint;
  }

  it('is the same in any folder, and 32 hexadecimal digits', async () => {
    const first = await fingerprint({ 'flow.ts': flow, 'part.ts': part });
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(await fingerprint({ 'flow.ts': flow, 'part.ts': part })).toBe(first);
  });

  it('ignores comments, layout and names of local variables', async () => {
    const first = await fingerprint({ 'flow.ts': flow, 'part.ts': `${part} function f(a: string) { return a }` });
    const other = `/* c */\n\n${part}\n// d\nfunction f(b: string) {\n  return b;\n}`;
    expect(await fingerprint({ 'flow.ts': flow, 'part.ts': other })).toBe(first);
  });

  it('of what isn’t TypeScript is an error with file, line and column', async () => {
    const wrong = fingerprint({ 'flow.ts': flow, 'part.ts': `${part}\nconst a = ;` });
    await expect(wrong).rejects.toThrow(/^\/.*\/part\.ts:2:11 Unexpected ";"$/);
    const missing = fingerprint({ 'flow.ts': flow });
    await expect(missing).rejects.toThrow(/^\/.*\/flow\.ts:4:24 Could not resolve "\.\/part\.ts"$/);
  });

  it('follows the code, in imported files too', async () => {
    const first = await fingerprint({ 'flow.ts': flow, 'part.ts': part });
    expect(await fingerprint({ 'flow.ts': flow, 'part.ts': part.replace('kg', 'other') })).not.toBe(first);
    expect(await fingerprint({ 'flow.ts': `${flow}; console.log(1)`, 'part.ts': part })).not.toBe(first);
  });

  it('is the same with another version of a package, whose code the flow runs', async () => {
    const withPackage = (version: string) => ({
      'flow.ts': "import { unit } from 'units'; import { deep } from 'units/deep.js'; export default [unit, deep];",
      'node_modules/units/package.json': `{ "name": "units", "version": "${version}", "type": "module", "main": "index.js" }`,
      'node_modules/units/index.js': `export const unit = 'version ${version}';`,
      'node_modules/units/deep.js': `export const deep = 'version ${version}';`,
    });
    expect(await fingerprint(withPackage('2.0.0'))).toBe(await fingerprint(withPackage('1.0.0')));
    const other = withPackage('1.0.0');
    other['flow.ts'] = other['flow.ts'].replace('[unit, deep]', '[deep, unit]');
    expect(await fingerprint(other)).not.toBe(await fingerprint(withPackage('1.0.0')));
  });

  it('says what is wrong with a module that exports no flow, or is not there', async () => {
    const path = join(dir, 'none.ts');
    await writeFile(path, 'export default 1;');
    await expect(loadFlow(path)).rejects.toThrow('is no flow: export default flow(');
    await expect(loadFlow(join(dir, 'gone.ts'))).rejects.toThrow('no flow module at');
  });

  it('says what to do about a module in a CommonJS package, as npm init makes one', async () => {
    const folder = join(dir, 'commonjs');
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }');
    await writeFile(join(folder, 'flow.ts'), "import 'node:fs'; export default 1;");
    // As Node loads it: the test runner has a loader of its own.
    const loader = JSON.stringify(join(import.meta.dirname, '..', '..', 'lib', 'flow-module', 'load-flow.ts'));
    const script = `(await import(${loader})).loadFlow(process.argv[1])`;
    const loading = promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      script,
      join(folder, 'flow.ts'),
    ]);
    await expect(loading).rejects.toThrow('is read as CommonJS: say "type": "module" in its package.json');
  });
});

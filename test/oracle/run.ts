/**
 * `npm run oracle -- FLOW FOLDER`: prints the graph that the files of a folder declare by a flow module, a row a line, without
 * graphdrop and without a database.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Flow } from './graphdrop.ts';
import { Oracle } from './oracle.ts';

const [path, folder] = process.argv.slice(2);
if (path === undefined || folder === undefined) throw new Error('usage: npm run oracle -- FLOW FOLDER');

const standIn = new URL('graphdrop.ts', import.meta.url).href;
const library = new URL('../../lib/index.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === 'graphdrop') return { url: standIn, shortCircuit: true };
    const found = next(specifier, context);
    return found.url === library ? { ...found, url: standIn } : found;
  },
});
const { default: exported } = (await import(pathToFileURL(resolve(path)).href)) as { default: Flow | Flow[] };
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map(name => join(folder, name))
  .filter(name => statSync(name).isFile());
const objects = new Map(files.map(name => [relative(folder, name).replaceAll(sep, '/'), [readFileSync(name)]]));
for (const flow of [exported].flat()) for (const line of await new Oracle(flow).graph(objects)) console.log(line);

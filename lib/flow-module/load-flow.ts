import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type GraphDefinition, withCode } from '../definition/definition.ts';
import type { Flow } from '../definition/flow.ts';
import { flowFingerprint } from './flow-fingerprint.ts';

/** A flow module as the construct needs it. */
export interface FlowModule {
  /** Absolute path. */
  readonly path: string;
  /** Fingerprint of the user's code in it. */
  readonly code: string;
  /** One a flow, each with another context. The code's fingerprint is part of them. */
  readonly definitions: readonly GraphDefinition[];
}

/** A flow module with its flows, for running them in this process. */
export interface LoadedFlow extends FlowModule {
  /** In the order of the definitions. */
  readonly flows: readonly Flow[];
  /** Absolute paths of the user's code: the module and what it imports by path. */
  readonly files: readonly string[];
}

/**
 * Imports a flow module, whose default export is a flow or an array of flows.
 *
 * @param path relative to the working directory, or absolute
 * @param generation another number than at an earlier call: the module and all that it imports by path are read anew. Default 0
 * @throws Error where there is no such module, or one without a flow as its default export; whatever the module itself throws
 */
export async function loadFlow(path: string, generation = 0): Promise<LoadedFlow> {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new Error(`no flow module at ${absolute}: give its path, e.g. ./flow.ts`);
  // First: it says where a file is wrong, which Node's own loader doesn't.
  const { fingerprint: code, files } = await flowFingerprint(absolute);
  const module = await importWithLibrary(pathToFileURL(absolute).href, generation);
  const flows = flowsOf(module.default, path);
  return { path: absolute, code, files, flows, definitions: flows.map(({ definition }) => withCode(definition, code)) };
}

/** Wherever the module is, it gets this copy of graphdrop, as it does in the functions' bundles. */
async function importWithLibrary(url: string, generation: number): Promise<{ default?: unknown }> {
  const library = new URL(`../index${extname(import.meta.filename)}`, import.meta.url).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'graphdrop') return { url: library, shortCircuit: true };
      const resolved = next(specifier, context);
      // Node keeps a module by its URL, query included. Packages and graphdrop itself aren't read anew.
      const isOwn = generation > 0 && isUserCode(resolved.url);
      return isOwn ? { ...resolved, url: `${resolved.url}?generation=${generation}` } : resolved;
    },
  });
  try {
    return await import(url);
  } catch (error) {
    if (
      error instanceof SyntaxError &&
      /import statement outside a module|Unexpected token 'export'/.test(error.message)
    )
      throw new Error(
        `${fileURLToPath(url)}, or a file that it imports, is read as CommonJS: say "type": "module" in its package.json`,
        { cause: error },
      );
    throw error;
  } finally {
    hooks.deregister();
  }
}

const libraryFolder = new URL('../', import.meta.url).href;

function isUserCode(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(libraryFolder);
}

function flowsOf(exported: unknown, path: string): readonly Flow[] {
  const flows = (Array.isArray(exported) ? exported : [exported]) as readonly Flow[];
  // Not by instanceof: the module may have its flow() from another copy of the library.
  if (flows.length === 0 || !flows.every(flow => typeof flow?.definition?.context === 'string')) {
    throw new Error(
      `the default export of ${path} is no flow: export default flow(key, graph => { ... }), or an array of them`,
    );
  }
  return flows;
}

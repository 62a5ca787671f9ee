import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type GraphDefinition, withCode } from '../lib/graph/definition.ts';
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

/**
 * Imports a flow module, whose default export is a flow or an array of flows.
 *
 * @param path relative to the working directory, or absolute
 * @throws Error where there is no such module, or one without a flow as its default export; whatever the module itself throws
 */
export async function loadFlow(path: string): Promise<FlowModule> {
  const absolute = resolve(path);
  if (!existsSync(absolute)) throw new Error(`no flow module at ${absolute}: give its path, e.g. -c graph=flow.ts`);
  const module = await importWithLibrary(pathToFileURL(absolute).href);
  const code = await flowFingerprint(absolute);
  return { path: absolute, code, definitions: definitionsOf(module.default, path).map(it => withCode(it, code)) };
}

/** Wherever the module is, it gets this copy of graphdrop, as it does in the functions' bundles. */
async function importWithLibrary(url: string): Promise<{ default?: unknown }> {
  const library = new URL(`../lib/index${extname(import.meta.filename)}`, import.meta.url).href;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'graphdrop' ? { url: library, shortCircuit: true } : next(specifier, context),
  });
  try {
    return await import(url);
  } finally {
    hooks.deregister();
  }
}

function definitionsOf(exported: unknown, path: string): readonly GraphDefinition[] {
  const flows: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  // Not by instanceof: the module may have its flow() from another copy of the library.
  const definitions = flows.map(flow => (flow as { definition?: GraphDefinition } | undefined)?.definition);
  if (definitions.length === 0 || !definitions.every(definition => typeof definition?.context === 'string')) {
    throw new Error(
      `the default export of ${path} is no flow: export default flow(key, graph => { ... }), or an array of them`,
    );
  }
  return definitions as readonly GraphDefinition[];
}

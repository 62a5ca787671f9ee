import { createHash } from 'node:crypto';
import { dirname, join, relative, sep } from 'node:path';
import { type BuildFailure, build, type Plugin } from 'esbuild';

/** Folder of graphdrop's own library, which is no part of a user's code. */
const library = join(import.meta.dirname, '..') + sep;

/** The code that a user wrote. */
export interface UserCode {
  /** 32 hexadecimal digits. */
  readonly fingerprint: string;
  /** Absolute paths of the module and of what it imports by path. */
  readonly files: readonly string[];
}

/**
 * Fingerprint of the code a user wrote: the flow module with everything it imports by path, but neither packages nor
 * graphdrop itself, so an upgrade of those looks at no object again. Says the same on every machine and in every folder.
 *
 * @param path the flow module, absolute
 * @throws Error with file, line and column of what isn't TypeScript
 */
export async function flowFingerprint(path: string): Promise<UserCode> {
  const { outputFiles, metafile } = await bundled(path).catch((error: BuildFailure) => {
    const [{ text = '', location = null } = {}] = error.errors ?? [];
    if (location === null) throw error;
    const { file, line, column } = location;
    throw new Error(`${join(dirname(path), file)}:${line}:${column + 1} ${text}`, { cause: error });
  });
  const hash = createHash('sha256');
  for (const file of outputFiles) hash.update(file.contents);
  const files = Object.keys(metafile.inputs).map(file => join(dirname(path), file));
  return { fingerprint: hash.digest('hex').slice(0, 32), files };
}

async function bundled(path: string) {
  return await build({
    entryPoints: [path],
    absWorkingDir: dirname(path),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    packages: 'external',
    plugins: [libraryIsExternal],
    // Comments, white space and names of local variables don't count; nor do paths, which only comments would hold.
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
}

const libraryIsExternal: Plugin = {
  name: 'library-is-external',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[./]/ }, async ({ path, resolveDir, kind, importer, pluginData }) => {
      if (pluginData === 'resolving') return undefined;
      const resolved = await resolve(path, { resolveDir, kind, importer, pluginData: 'resolving' });
      if (!resolved.path.startsWith(library)) return resolved;
      return { path: `graphdrop/${relative(library, resolved.path).replaceAll(sep, '/')}`, external: true };
    });
  },
};

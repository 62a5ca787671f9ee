import { createHash } from 'node:crypto';
import { dirname, join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Folder of graphdrop's own library, which is no part of a user's code. */
const library = join(import.meta.dirname, '..', 'lib') + sep;

/**
 * Fingerprint of the code a user wrote: the flow module with everything it imports by path, but neither packages nor
 * graphdrop itself, so an upgrade of those looks at no object again. Says the same on every machine and in every folder.
 *
 * @param path the flow module, absolute
 * @returns 32 hexadecimal digits
 */
export async function flowFingerprint(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path],
    absWorkingDir: dirname(path),
    bundle: true,
    write: false,
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
  const hash = createHash('sha256');
  for (const file of outputFiles) hash.update(file.contents);
  return hash.digest('hex').slice(0, 32);
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

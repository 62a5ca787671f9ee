import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Finds the root of graphdrop's package above a folder, of the sources or of what was built of them. */
export function packageFolder(folder: string): string {
  if (nameAndVersion(folder)?.name === 'graphdrop') return folder;
  const above = dirname(folder);
  if (above === folder) throw new Error('graphdrop does not stand in its package');
  return packageFolder(above);
}

/** Reads the package's version. */
export function packageVersion(): string {
  return nameAndVersion(packageFolder(import.meta.dirname))?.version ?? 'unknown';
}

function nameAndVersion(folder: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

import { constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { Manifest } from './manifest.ts';

/** A file of the project, and whether it was written: what exists is kept. */
export interface WrittenFile {
  readonly path: string;
  readonly written: boolean;
}

/**
 * Finds the folder that the graph is to follow: the one that holds all files. Where that is the project itself, or one above it, the
 * files are copied into its folder `data`, for the project holds more than data.
 *
 * @returns the folder, and the paths of the files in it
 */
export async function dataFolder(
  files: readonly string[],
  into: string,
): Promise<{ readonly folder: string; readonly paths: readonly string[]; readonly copied: boolean }> {
  const absolute = files.map(file => resolve(file));
  const project = resolve(into);
  const common = absolute.map(dirname).reduce((a, b) => commonFolder(a, b));
  const isAbove = project === common || project.startsWith(common === sep ? sep : common + sep);
  if (!isAbove) return { folder: common, paths: absolute, copied: false };
  const folder = join(project, 'data');
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const path of absolute) {
    const target = path.startsWith(folder + sep) ? path : join(folder, basename(path));
    if (target !== path) {
      await copyFile(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE).catch(error => {
        if (error.code !== 'EEXIST') throw error;
        if (!readFileSync(path).equals(readFileSync(target))) {
          throw new CliError(
            `${target} exists, with other content than ${path}: nothing is overwritten. Move one of them`,
          );
        }
      });
    }
    paths.push(target);
  }
  return { folder, paths, copied: true };
}

function commonFolder(a: string, b: string): string {
  const [left, right] = [a.split(sep), b.split(sep)];
  const differs = left.findIndex((part, n) => part !== right[n]);
  return (differs === -1 ? left : left.slice(0, differs)).join(sep) || sep;
}

/** Refuses to propose a flow where there is one. @throws CliError */
export function refuseExisting(into: string): void {
  const flow = join(into, 'flow.ts');
  if (existsSync(flow))
    throw new CliError(`${flow} exists, and nothing is overwritten: move it away, or say --into FOLDER`);
}

/** Writes files that aren't there yet; never over one that is. */
export function writeNew(into: string, files: Readonly<Record<string, string>>): WrittenFile[] {
  return Object.entries(files).map(([name, content]) => {
    const path = join(into, name);
    try {
      writeFileSync(path, content, { flag: 'wx' });
      return { path, written: true };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return { path, written: false };
      throw error;
    }
  });
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
  },
  include: ['*.ts'],
};

/** Writes what a project has but its flow and test. @param data folder of the files, from the project's */
export function scaffold(manifest: Manifest, data: string, tables: string): Record<string, string> {
  return {
    'package.json': json(manifest),
    'tsconfig.json': json(TSCONFIG),
    '.gitignore': 'node_modules/\n.graphdrop/\n',
    'README.md': `# ${manifest.name}

A Neo4j graph of the files in \`${data}\`, proposed by \`graphdrop init\`. \`flow.ts\` says which tables there are and how records become rows:

${tables}

\`\`\`sh
npm install
npx graphdrop dev ${data} --neo4j embedded     # the graph follows the files while this runs
npx graphdrop query 'MATCH (n) RETURN labels(n) AS labels, count(*) AS nodes'
npm test                                       # flow.test.ts: the flow, without any service
npm run typecheck
\`\`\`
`,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

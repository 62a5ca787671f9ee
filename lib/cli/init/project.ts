import { constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { CliError } from '../cli-error.ts';

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

/** Writes what a project has but its flow and test. @param library root of graphdrop's package */
export function scaffold(
  name: string,
  folder: string,
  tables: string,
  library: string,
  into: string,
): Record<string, string> {
  const data = relative(into, folder) || '.';
  const isInstalled = library.includes(`${sep}node_modules${sep}`);
  const manifest = {
    name,
    private: true,
    type: 'module',
    scripts: { dev: `graphdrop dev ${JSON.stringify(data)}`, test: 'node --test', typecheck: 'tsc --noEmit' },
    dependencies: { ...(!isInstalled && { graphdrop: `file:${relative(resolve(into), library)}` }), zod: '^4.0.0' },
    devDependencies: { '@types/node': '^24.0.0', typescript: '>=5.9' },
    engines: { node: '>=22.18' },
  };
  return {
    'package.json': json(manifest),
    'tsconfig.json': json(TSCONFIG),
    '.gitignore': 'node_modules/\n.graphdrop/\n',
    'README.md': `# ${name}

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

/**
 * Says in a package.json that was there before that the project is of modules, where it says nothing: else Node would have to guess what
 * flow.ts is. @returns whether it did
 */
export function sayModule(into: string): boolean {
  const path = join(into, 'package.json');
  const text = readFileSync(path, 'utf8');
  const { type } = JSON.parse(text) as { type?: string };
  if (type === 'module') return false;
  if (type !== undefined)
    throw new CliError(`${path} says "type": ${JSON.stringify(type)}, and flow.ts is a module: say "type": "module"`);
  writeFileSync(path, text.replace('{', '{\n  "type": "module",'));
  return true;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

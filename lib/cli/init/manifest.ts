/** The package.json of a proposed project. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { CliError } from '../cli-error.ts';

type Named = Readonly<Record<string, string>>;

/** What of a package.json a project needs. */
export interface Manifest {
  readonly name: string;
  readonly private: true;
  readonly type: 'module';
  readonly scripts: Named;
  readonly dependencies: Named;
  readonly devDependencies: Named;
  readonly engines: Named;
}

/** What `npm init` writes in the place of a test. */
const NO_TEST = /no test specified/;

/** Makes the package.json of a project. @param data folder of the files, from the project's @param library root of graphdrop's package */
export function manifestOf(name: string, data: string, library: string, into: string): Manifest {
  const isInstalled = library.includes(`${sep}node_modules${sep}`);
  return {
    name,
    private: true,
    type: 'module',
    scripts: { dev: `graphdrop dev ${JSON.stringify(data)}`, test: 'node --test', typecheck: 'tsc --noEmit' },
    dependencies: { ...(!isInstalled && { graphdrop: `file:${relative(resolve(into), library)}` }), zod: '^4.0.0' },
    devDependencies: { '@types/node': '^24.0.0', typescript: '>=5.9' },
    engines: { node: '>=22.18' },
  };
}

/**
 * Adds to a package.json that was there before what the project lacks: that it is of modules (else Node would have to guess what flow.ts
 * is), scripts and packages. What it says already is left as it is.
 *
 * @returns what was added, for people; null: there is no package.json
 * @throws CliError for a project that isn't of modules
 */
export function completeManifest(into: string, wanted: Manifest): string[] | null {
  const path = join(into, 'package.json');
  if (!existsSync(path)) return null;
  const text = readFileSync(path, 'utf8');
  const present = parsed(path, text);
  if (present.type !== undefined && present.type !== 'module') {
    throw new CliError(
      `${path} says "type": ${JSON.stringify(present.type)}, and flow.ts is a module: say "type": "module"`,
    );
  }
  const has = (name: string) =>
    [present.dependencies, present.devDependencies, present.peerDependencies].some(all => all?.[name] !== undefined);
  const lacking = (all: Named, isThere: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !isThere(name)));
  const scripts = lacking(wanted.scripts, name => !NO_TEST.test(present.scripts?.[name] ?? 'no test specified'));
  const dependencies = lacking(wanted.dependencies, has);
  const devDependencies = lacking(wanted.devDependencies, has);
  const added = [
    ...(present.type === undefined ? ['"type": "module"'] : []),
    ...Object.keys(scripts).map(name => `script ${name}`),
    ...Object.keys({ ...dependencies, ...devDependencies }),
  ];
  const adding = (name: 'scripts' | 'dependencies' | 'devDependencies', more: Named) =>
    Object.keys(more).length > 0 && { [name]: { ...present[name], ...more } };
  const completed = {
    ...present,
    type: 'module',
    ...adding('scripts', scripts),
    ...adding('dependencies', dependencies),
    ...adding('devDependencies', devDependencies),
  };
  const [line = ''] = text.split('\n').filter(one => one.trimStart().startsWith('"'));
  const indent = line.slice(0, line.indexOf('"')) || '  ';
  if (added.length > 0) writeFileSync(path, `${JSON.stringify(completed, null, indent)}\n`);
  return added;
}

interface Present extends Readonly<Record<string, unknown>> {
  readonly type?: string;
  readonly scripts?: Named;
  readonly dependencies?: Named;
  readonly devDependencies?: Named;
  readonly peerDependencies?: Named;
}

function parsed(path: string, text: string): Present {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${path} is not valid JSON (${(cause as Error).message}): correct it`, { cause });
  }
}

/** Promise: the packed package works in another app, with types, bundles and readable stack traces. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectDir } from '../support/cache.ts';

const run = promisify(execFile);
const installed = join(projectDir, 'node_modules');

interface LambdaFunction {
  readonly Type: string;
  readonly Properties: {
    readonly Description: string;
    readonly Handler: string;
    readonly Code: { readonly S3Key: string };
    readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
  };
}

describe('the packed package, in another app', () => {
  let dir: string;
  let app: string;
  let functions: LambdaFunction[];

  const bundleOf = ({ Properties: { Code } }: LambdaFunction) =>
    join(app, 'cdk.out', `asset.${Code.S3Key.replace('.zip', '')}`, 'index.mjs');

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'graphdrop-package-'));
    app = join(dir, 'app');
    await cp(join(import.meta.dirname, 'app'), app, { recursive: true });
    await installPackage();
    await writeFile(join(app, 'package.json'), '{ "type": "module" }');
    await run(process.execPath, ['app.ts'], { cwd: app, env: { ...process.env, CDK_OUTDIR: 'cdk.out' } });
    const template = JSON.parse(await readFile(join(app, 'cdk.out', 'mine.template.json'), 'utf8'));
    functions = Object.values<LambdaFunction>(template.Resources).filter(
      ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Description?.startsWith('graphdrop: '),
    );
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  /** As npm would, but with links to what it would download: the package's dependencies and no others. */
  async function installPackage(): Promise<void> {
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', dir], { cwd: projectDir });
    await run('tar', ['xzf', stdout.trim().split('\n').at(-1) ?? ''], { cwd: dir });
    const { dependencies, peerDependencies } = JSON.parse(
      await readFile(join(dir, 'package', 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>;
    const names = Object.keys({ ...dependencies, ...peerDependencies });
    for (const name of [...names, '@types/node']) {
      await mkdir(dirname(join(app, 'node_modules', name)), { recursive: true });
      await symlink(join(installed, name), join(app, 'node_modules', name));
    }
    // One copy for the app and another for its flow, as workspaces may have them.
    for (const folder of [app, join(app, 'flows')]) {
      await cp(join(dir, 'package'), join(folder, 'node_modules', 'graphdrop'), { recursive: true });
    }
  }

  it('holds JavaScript and its types, no sources and no tests', async () => {
    const files = await readdir(join(dir, 'package'), { recursive: true });
    expect(files).toContain(join('dist', 'infra', 'graph-drop.d.ts'));
    expect(files.filter(file => /(?<!\.d)\.ts$|^test|examples/.test(file))).toEqual([]);
  });

  it('has types that the compiler follows', async () => {
    const compilerOptions = {
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ['node'],
    };
    await writeFile(join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const errors = await run(join(installed, '.bin', 'tsc'), ['-p', app]).catch(error => error);
    expect(errors.stdout).toBe('');
  });

  it('bundles every function, each with the handler that its resource names', async () => {
    expect(functions.map(({ Properties }) => Properties.Handler).sort()).toEqual([
      ...Array(5).fill('index.handler'),
      'index.isComplete',
      'index.onEvent',
    ]);
    const env = { ...process.env, GRAPHDROP_BUCKET: 'b', GRAPHDROP_TABLE: 't', AWS_REGION: 'eu-west-1' };
    const handlers = functions.map(it => [pathToFileURL(bundleOf(it)).href, it.Properties.Handler.split('.')[1]]);
    const script = `for (const [url, name] of ${JSON.stringify(handlers)}) console.log(typeof (await import(url))[name])`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { env });
    expect(stdout).toBe('function\n'.repeat(7));
  });

  it('has stack traces that name lines of the sources', async () => {
    for (const each of functions) {
      const file = bundleOf(each);
      expect(await readFile(file, 'utf8')).toContain('//# sourceMappingURL=index.mjs.map\n');
      const { sources } = JSON.parse(await readFile(`${file}.map`, 'utf8')) as { readonly sources: string[] };
      expect(sources.some(source => /(^|\/)lib\/errors\.js$/.test(source))).toBe(true);
    }
  });

  it('puts the flow into the bundles that need it, with one copy of the library', async () => {
    const withFlow = functions.filter(({ Properties }) => Properties.Environment.Variables.GRAPHDROP_CODE);
    expect(withFlow).toHaveLength(3);
    for (const each of withFlow) {
      const code = await readFile(bundleOf(each), 'utf8');
      expect(code).toContain('people/*.csv');
      expect(code.match(/takes a ContextKey first/g)).toHaveLength(1);
    }
  });
});

describe('a flow outside of the repository', () => {
  it('is loaded by the sources, with no graphdrop installed beside it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'graphdrop-flow-'));
    await writeFile(
      join(dir, 'flow.ts'),
      "import { ContextKey, flow } from 'graphdrop'; export default flow(new ContextKey('far'), g => { g.nodeTable('A'); });",
    );
    const script = `import { loadFlow } from './lib/flow-module/load-flow.ts';
      console.log((await loadFlow(${JSON.stringify(join(dir, 'flow.ts'))})).definitions[0].context);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: projectDir });
    expect(stdout).toBe('far\n');
    await rm(dir, { recursive: true });
  });
});

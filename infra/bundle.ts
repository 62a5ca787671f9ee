/** What of graphdrop goes into a Lambda function. */
import { writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync } from 'esbuild';

/** Folder of graphdrop itself, whatever the working directory: of the sources, or in a dependency of what was built of them. */
const projectRoot = join(import.meta.dirname, '..');
const functions = join(projectRoot, 'functions');
const extension = extname(import.meta.filename);

/** CommonJS packages in the bundle (neo4j-driver) require Node's own modules, which an ES module has no `require` for. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/**
 * As CommonJS loads it: to import `node:http` reads each of its properties, of which some load undici, which no function needs. That is a
 * tenth of the time until a function is ready.
 */
const HTTP = Object.fromEntries(
  ['node:http', 'http'].map(path => [path, commonJs("process.getBuiltinModule('node:http')")]),
);

/** Of neo4j-driver's reactive sessions, which graphdrop has no use for: a tenth of the bundle. */
const RXJS = Object.fromEntries(['rxjs', 'rxjs/operators'].map(path => [path, commonJs('{}')]));

/**
 * A function's code as one file, `index.mjs`, with its source map. The AWS SDK's clients are in it too: one file of 1.7 MB loads
 * faster than the runtime's copy of the SDK from many files, and its version is the tested one. esbuild's splitting would have a tenth of it
 * read later, and takes the names from what is CommonJS and imported later.
 *
 * By esbuild's own interface, not CDK's `NodejsFunction`: that starts npm for each function, and Docker where the app that
 * graphdrop is part of has no esbuild.
 *
 * @param entry file in `functions/`, without extension
 * @param constants texts that stand in the code in place of variables of the environment, which holds 4 KB
 * @param flowPath what `#flow` stands for: absolute path of the user's flow module; undefined: none is imported
 */
export function bundle(
  entry: string,
  flowPath: string | undefined,
  constants: Readonly<Record<string, string>> = {},
): AssetCode {
  const build = (folder: string): boolean => {
    const options = {
      entryPoints: [join(functions, entry + extension)],
      absWorkingDir: projectRoot,
      // Not in `folder`: the map names sources as seen from here, and would be another, with another hash, on each machine.
      outfile: join(projectRoot, 'index.mjs'),
      write: false,
      bundle: true,
      metafile: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      mainFields: ['module', 'main'],
      banner: { js: REQUIRE },
      minify: true,
      // Logs and errors name classes of errors.
      keepNames: true,
      // Lines and names are enough for a stack trace; without the sources the map is a quarter of the size.
      sourcemap: 'linked',
      sourcesContent: false,
      logLevel: 'warning',
      define: Object.fromEntries(
        Object.entries(constants).map(([name, text]) => [`process.env.${name}`, JSON.stringify(text)]),
      ),
    } as const satisfies BuildOptions;
    // One copy of the library in a bundle, whichever the flow's own folder would give.
    const flow = flowPath && { '#flow': flowPath, graphdrop: join(projectRoot, 'lib', `index${extension}`) };
    const alias = { ...HTTP, ...flow };
    const { outputFiles } = withoutRxjs({ ...options, alias }) ?? buildSync({ ...options, alias });
    for (const { path, contents } of outputFiles) writeFileSync(join(folder, basename(path)), contents);
    return true;
  };
  return Code.fromAsset(functions, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      local: { tryBundle: build },
      // Never run: what CDK tells bundles of one folder by.
      command: [entry, flowPath ?? '', JSON.stringify(constants)],
      image: DockerImage.fromRegistry('none'),
    },
  });
}

/** Builds without rxjs; null: other code than the driver imports it, a flow imports the driver itself, or there is something to be said. */
function withoutRxjs(options: BuildOptions & { readonly metafile: true; readonly write: false }) {
  try {
    const built = buildSync({ ...options, logLevel: 'silent', alias: { ...options.alias, ...RXJS } });
    const importers = (name: RegExp) =>
      Object.entries(built.metafile.inputs)
        .filter(([, { imports }]) => imports.some(({ original = '' }) => name.test(original)))
        .map(([path]) => path);
    const isUnused =
      importers(/^rxjs(\/|$)/).every(path => /node_modules\/neo4j-driver\//.test(path)) &&
      importers(/^neo4j-driver(\/|$)/).every(path => /^(lib|functions)\//.test(path));
    return isUnused && built.warnings.length === 0 ? built : null;
  } catch {
    return null;
  }
}

/** Returns the address of a CommonJS module that exports what an expression gives. */
function commonJs(expression: string): string {
  return `data:text/javascript,${encodeURIComponent(`module.exports=${expression}`)}`;
}

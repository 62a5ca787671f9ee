/** What of graphdrop goes into a Lambda function. */
import { writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/** Folder of graphdrop itself, whatever the working directory: of the sources, or in a dependency of what was built of them. */
const projectRoot = join(import.meta.dirname, '..');
const functions = join(projectRoot, 'functions');
const extension = extname(import.meta.filename);

/** CommonJS packages in the bundle (neo4j-driver) require Node's own modules, which an ES module has no `require` for. */
const REQUIRE = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/**
 * A function's code as one file, `index.mjs`, with its source map. The AWS SDK's clients are in it too: one file of 1.7 MB loads
 * faster than the runtime's copy of the SDK from many files, and its version is the tested one.
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
    const { outputFiles } = buildSync({
      entryPoints: [join(functions, entry + extension)],
      absWorkingDir: projectRoot,
      // Not in `folder`: the map names sources as seen from here, and would be another, with another hash, on each machine.
      outfile: join(projectRoot, 'index.mjs'),
      write: false,
      bundle: true,
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
      // One copy of the library in a bundle, whichever the flow's own folder would give.
      ...(flowPath && { alias: { '#flow': flowPath, graphdrop: join(projectRoot, 'lib', `index${extension}`) } }),
    });
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

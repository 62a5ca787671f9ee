/** Lays the WordNet story's files for CocoIndex and runs it, from PyPI, in a virtual environment in the cache. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pythonWith } from '../../../lib/cli/server/python-venv.ts';
import { type BenchFile, changed, textOf } from '../data/bench-file.ts';
import { wordnetFiles } from '../data/wordnet.ts';
import { options } from './addresses.ts';

const python = await pythonWith('cocoindex-1.0.26', ['cocoindex[neo4j]==1.0.26']);
const folder = await mkdtemp(join(tmpdir(), 'graphdrop-bench-'));
try {
  const files = await wordnetFiles(options.share);
  const second = changed(files, 100);
  await lay('first', files);
  await lay('second', second);
  await lay('third', changed(second, 1).slice(0, 1));
  const editions = [
    ['cold load', 'first'],
    ['1 % changed', 'second'],
    ['one file changed', 'third'],
    ['nothing changed: all keys', null],
  ];
  const about = { run: options.run, folder: join(folder, 'files'), files: files.length, editions };
  const env = { ...process.env, COCOINDEX_DB: join(folder, 'state'), COCOINDEX_DISABLE_USAGE_TRACKING: '1' };
  const script = join(import.meta.dirname, 'wordnet_app.py');
  const [code] = await once(spawn(python, [script, JSON.stringify(about)], { env, stdio: 'inherit' }), 'exit');
  process.exitCode = Number(code ?? 1);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function lay(edition: string, files: readonly BenchFile[]): Promise<void> {
  for (const file of files) {
    const path = join(folder, edition, file.key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, textOf(file));
  }
}

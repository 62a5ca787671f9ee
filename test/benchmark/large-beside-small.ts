import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Neo4jAddress } from '../support/neo4j.ts';
import type { MemoryOrder, MemoryResult } from './memory-worker.ts';

const program = fileURLToPath(new URL('memory-worker.ts', import.meta.url));

/** Large files beside small ones, and a process to apply them all in one go. */
export interface Load {
  readonly neo4j: Neo4jAddress;
  readonly name: string;
  readonly large: number;
  readonly largeBytes: number;
  readonly small: number;
  /** Bytes of one row's text. */
  readonly rowBytes: number;
  /** Of the process's heap. */
  readonly megabytes: number;
  /** Until no other batch begins. */
  readonly seconds: number;
}

/** Applies a load. @throws if the process dies */
export async function applyInLittleMemory(load: Load): Promise<MemoryResult> {
  const { neo4j, name, megabytes, seconds } = load;
  const folder = await mkdtemp(join(tmpdir(), 'graphdrop-memory-'));
  try {
    const keys = await makeFiles(folder, load);
    const child = spawn(process.execPath, [`--max-old-space-size=${megabytes}`, program], {
      env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(megabytes) },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const order: MemoryOrder = { neo4j, folder, name, keys, seconds };
    child.stdin.end(JSON.stringify(order));
    const [said, complained, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    if (code !== 0) throw new Error(`it died (${code ?? signal}): ${complained.slice(-1_500)}`);
    return JSON.parse(said) as MemoryResult;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The large ones come first, as a batch may have them. */
async function makeFiles(folder: string, { large, largeBytes, small, rowBytes }: Load): Promise<string[]> {
  const keys: string[] = [];
  const filler = 'x'.repeat(rowBytes);
  for (let n = 0; n < large; n += 1) {
    const key = `a-large-${n}.ndjson`;
    const file = createWriteStream(join(folder, key));
    for (let bytes = 0, id = 0; bytes < largeBytes; id += 1) {
      const line = `{"id":"l${n}-${id}","text":"${filler}"}\n`;
      bytes += line.length;
      if (!file.write(line)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'close');
    keys.push(key);
  }
  for (let n = 0; n < small; n += 1) {
    const key = `small-${n}.ndjson`;
    await writeFile(join(folder, key), `{"id":"s${n}","text":"small"}\n`);
    keys.push(key);
  }
  return keys;
}

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { CliError } from '../cli-error.ts';

const Settings = z.object({
  /** Absolute path of the folder that the graph follows. */
  folder: z.string(),
  /** Absolute path of the flow module. */
  flow: z.string(),
  /** `embedded`, or a uri without credentials. */
  neo4j: z.string(),
  database: z.string(),
});

/** What `graphdrop dev` was started with: what the other commands then work on. */
export type WorkspaceSettings = z.infer<typeof Settings>;

/** The folder that `graphdrop dev` keeps its things in: settings, tracked state, the embedded server's data. */
export class Workspace {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** The file of tracked state. */
  get state(): string {
    return join(this.path, 'state.sqlite');
  }

  /** The home of the embedded server. */
  get server(): string {
    return join(this.path, 'neo4j');
  }

  get #settings(): string {
    return join(this.path, 'place.json');
  }

  /** Reads the settings; undefined: dev was never started here. @throws CliError for a damaged file */
  async read(): Promise<WorkspaceSettings | undefined> {
    const text = await readFile(this.#settings, 'utf8').catch(error => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    try {
      return Settings.parse(JSON.parse(text));
    } catch (cause) {
      throw new CliError(`${this.#settings} is damaged: delete it and start 'graphdrop dev' again`, { cause });
    }
  }

  /** Keeps the settings. git ignores the whole folder: passwords are in it. */
  async write(settings: WorkspaceSettings): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await writeFile(join(this.path, '.gitignore'), '*\n');
    const draft = `${this.#settings}.${process.pid}.tmp`;
    await writeFile(draft, `${JSON.stringify(settings, null, 2)}\n`);
    await rename(draft, this.#settings);
  }
}

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FSWatcher } from 'chokidar';
import { type LoadedFlow, loadFlow } from '../../flow-module/load-flow.ts';
import type { Scope } from '../../scope.ts';
import { collectGarbage } from '../../state/garbage-collection.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { explainError } from '../explain-error.ts';
import type { Output } from '../output.ts';
import { type ServedPage, servePage } from '../page/serve-page.ts';
import type { FolderPlace } from '../place/folder-place.ts';
import { printable } from '../printable.ts';
import { type Change, Changes } from './changes.ts';
import { followAll, followObjects } from './follow.ts';
import { tellObject } from './object-line.ts';
import { putInForce } from './put-in-force.ts';
import { watchFlow, watchFolder } from './watch.ts';

/** Milliseconds for which changes are gathered before they are looked at. */
const GATHER_MS = 50;

/** Milliseconds after which everything is looked at again: a watcher may miss something, and a graph be replaced. */
const LOOK_AGAIN_MS = 300_000;

/** Milliseconds between looks for a folder that is gone. */
const FOLDER_MS = 500;

/** Milliseconds of garbage collection at each start. */
const COLLECT_MS = 5_000;

export interface DevSettings {
  readonly once: boolean;
  readonly takeOver: boolean;
  /** Whether as much as need be may go. */
  readonly confirm: boolean;
}

/** Names the first of some files. */
function someOf(keys: readonly string[]): string {
  const first = keys.slice(0, 3).map(printable).join(', ');
  return keys.length > 3 ? `${first} and more: graphdrop status` : first;
}

/** Keeps a graph equal to a folder until it is stopped. */
export class Dev {
  readonly #place: FolderPlace;
  readonly #out: Output;
  readonly #settings: DevSettings;
  readonly #changes = new Changes();
  #scope: Scope | undefined;
  #flow: LoadedFlow | undefined;
  #folderWatcher: FSWatcher | undefined;
  #flowWatcher: FSWatcher | undefined;
  #generation = 0;
  #failures = 0;
  #held = false;
  /** Files that no source matches and that were told. */
  readonly #ignored = new Set<string>();
  /** Whether nothing but the start of a server is under way. */
  #isStarting = true;

  constructor(place: FolderPlace, out: Output, settings: DevSettings) {
    this.#place = place;
    this.#out = out;
    this.#settings = settings;
  }

  async run(): Promise<ExitCode> {
    const release = this.#stopOnSignals();
    let page: ServedPage | undefined;
    try {
      const { folder } = this.#place.settings;
      // Watched first: what changes during the first look is looked at again.
      if (!this.#settings.once) this.#folderWatcher = await watchFolder(folder, this.#changes);
      await this.#place.server();
      this.#isStarting = false;
      await this.#deploy(await this.#place.flow());
      await this.#place.workspace.write(this.#place.settings);
      await this.#tellPlace();
      // A large folder takes its time: progress is on the page, and queries are answered already.
      if (!this.#settings.once) page = await this.#servePage();
      this.#out.note(`looking at the files in ${folder}: each is told when it is in the graph`);
      await this.#lookAtAll();
      if (this.#settings.once || this.#changes.stopped) return await this.#standing();
      this.#watchFlow();
      const timer = setInterval(() => this.#changes.addAll(), LOOK_AGAIN_MS);
      await collectGarbage(this.#place.state, { deadline: Date.now() + COLLECT_MS }).catch(() => {});
      for (
        let change = await this.#changes.take(GATHER_MS);
        !change.stop;
        change = await this.#changes.take(GATHER_MS)
      ) {
        await this.#follow(change);
      }
      clearInterval(timer);
      return EXIT.ok;
    } finally {
      release();
      await page?.close();
      await Promise.all([this.#folderWatcher, this.#flowWatcher].map(watcher => watcher?.close()));
    }
  }

  /** Goes on with a change; an error is told, and it is tried again. */
  async #follow({ keys, all, flow }: Change): Promise<void> {
    if (!existsSync(this.#place.settings.folder)) return await this.#awaitFolder();
    try {
      const reloaded = flow && (await this.#reload());
      if (all || reloaded) return await this.#lookAtAll();
      const again = await followObjects(this.#current, this.#known(keys), status => tellObject(this.#out, status));
      if (again === 'all') this.#changes.addAll();
      else this.#changes.add(...again);
      this.#failures = 0;
    } catch (error) {
      this.#tellError(error);
      this.#failures += 1;
      await (await this.#place.server())?.ensure().catch(problem => this.#tellError(problem));
      await sleep(Math.min(30_000, 500 * 2 ** this.#failures));
      if (all || flow) this.#changes.addAll();
      else this.#changes.add(...keys);
    }
  }

  /** Waits until the folder is there again: that it is gone says nothing about its files, a disk may be missing. */
  async #awaitFolder(): Promise<void> {
    const { folder } = this.#place.settings;
    await this.#folderWatcher?.close();
    const text = `${folder} is gone: the graph keeps what it has until the folder is back`;
    this.#out.event({ event: 'folder-gone', folder }, this.#out.style('red', text));
    while (!existsSync(folder)) {
      if (this.#changes.stopped) return;
      await sleep(FOLDER_MS);
    }
    this.#folderWatcher = await watchFolder(folder, this.#changes);
    this.#changes.addAll();
  }

  async #lookAtAll(): Promise<void> {
    const started = Date.now();
    const { confirm } = this.#settings;
    const { listed, settled, refused, heldBack } = await followAll(
      this.#current,
      status => tellObject(this.#out, status),
      confirm,
    );
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    const { title } = this.#place;
    const { folder } = this.#place.settings;
    this.#held = heldBack !== null;
    if (heldBack !== null) {
      const what = `held back: ${heldBack.rows} rows would go, for no file is left in ${folder} that a source matches`;
      const text = this.#out.style('red', `${what}. If that is right, start with --confirm`);
      this.#out.event({ event: 'held-back', ...heldBack }, text);
      return;
    }
    const text = settled
      ? `the graph is equal to ${title}`
      : `${title} kept changing: not all of it is in the graph yet`;
    const files = `${listed} ${listed === 1 ? 'file' : 'files'}`;
    const but = refused.length === 0 ? '' : `, but for ${refused.length} rejected or unread: ${someOf(refused)}`;
    this.#out.event({ event: 'looked', listed, settled, refused }, `${text} (${files}, ${seconds} s)${but}`);
    if (listed === 0) {
      const globs = this.#current.definition.sources.map(({ glob }) => glob).join(', ');
      this.#out.note(`no file matches a source of the flow: ${globs} (below ${folder})`);
    }
  }

  /** @returns whether the flow is another than before. One that can't be loaded or deployed is told; the flow before goes on. */
  async #reload(): Promise<boolean> {
    this.#generation += 1;
    try {
      const loaded = await loadFlow(this.#place.settings.flow, this.#generation);
      if (loaded.code === this.#flow?.code) return false;
      await this.#deploy(loaded);
      this.#watchFlow();
      return true;
    } catch (error) {
      this.#tellError(error);
      this.#out.note('the graph goes on with the flow before');
      if (this.#flow !== undefined) await this.#deploy(this.#flow).catch(() => {});
      return false;
    }
  }

  /** Watches the files that the flow is made of now. */
  #watchFlow(): void {
    void this.#flowWatcher?.close();
    this.#flowWatcher = watchFlow((this.#flow as LoadedFlow).files, this.#changes);
  }

  async #deploy(flow: LoadedFlow): Promise<void> {
    const scope = await this.#place.scopeOf(
      flow,
      process.env.GRAPHDROP_DEBUG ? { log: entry => console.error(entry) } : {},
    );
    const { workspace, title } = this.#place;
    const { takeOver } = this.#settings;
    await putInForce(scope, { workspace: workspace.path, name: `graphdrop dev of ${title}`, takeOver });
    this.#scope = scope;
    this.#flow = flow;
    const { tables, sources } = scope.definition;
    const text = `deployed ${tables.length} tables; sources ${sources.map(({ glob }) => glob).join(', ')}`;
    this.#out.event({ event: 'deployed', flow: flow.path, definition: scope.definitionHash }, text);
  }

  async #tellPlace(): Promise<void> {
    const server = await this.#place.server();
    if (server === null) return;
    const { boltUri, browserUri, username, database } = server.address;
    const password = `${this.#place.workspace.server}/password`;
    this.#out.event(
      { event: 'server', boltUri, browserUri, username, database, password },
      `Neo4j ${boltUri}  Browser ${browserUri}  user ${username}, password in ${password}`,
    );
  }

  async #servePage(): Promise<ServedPage> {
    const page = await servePage(() => this.#current);
    this.#out.event({ event: 'page', url: page.url }, `Page ${page.url}: objects, batches, and where rows come from`);
    return page;
  }

  /** Leaves out files that no source matches, and says so once. */
  #known(keys: readonly string[]): string[] {
    return keys.filter(key => {
      if (this.#current.sourceOf(key) !== undefined) return true;
      if (this.#ignored.has(key)) return false;
      this.#ignored.add(key);
      this.#out.event({ event: 'ignored', key }, `ignored   ${printable(key)}  no source of the flow matches it`);
      return false;
    });
  }

  async #standing(): Promise<ExitCode> {
    if (this.#held) return EXIT.found;
    for await (const { state } of this.#place.state.status.list()) {
      if (state === 'rejected' || state === 'unread') return EXIT.found;
    }
    return EXIT.ok;
  }

  get #current(): Scope {
    if (this.#scope === undefined) throw new Error('no flow is deployed');
    return this.#scope;
  }

  #tellError(error: unknown): void {
    const { code, message, remedy } = explainError(error);
    this.#out.event(
      { event: 'error', code, message, remedy },
      `${this.#out.style('red', 'error')}     ${message}${remedy === undefined ? '' : `\n          ${remedy}`}`,
    );
  }

  /** The first signal ends after what is under way (but for a server that starts), the second at once: nothing is lost by either. */
  #stopOnSignals(): () => void {
    const stop = () => {
      if (this.#changes.stopped || this.#isStarting) process.exit(130);
      this.#out.note('ending; once more to end at once');
      this.#changes.stop();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
    return () => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
    };
  }
}

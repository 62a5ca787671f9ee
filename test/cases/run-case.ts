import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { S3Objects } from '../../lib/bucket/s3-objects.ts';
import { graphFormat } from '../../lib/files/formats.ts';
import { ContextKey, DefinitionError, type Flow, flow, type Graph } from '../../lib/index.ts';
import { Scope } from '../../lib/scope.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { verify } from '../../lib/verify/verify.ts';
import type { World } from '../sync/world.ts';
import { graphText } from './graph-text.ts';
import type { Block, Case } from './read-case.ts';

/** Workers of one scope wait for each other, on a busy machine too. */
const limits = { leaseWaitMs: 60_000 };

/** Takes a case end to end: defines its flow, puts its files, looks at the graph. */
export async function runCase(world: World, { flow: path, files, blocks }: Case): Promise<void> {
  const { default: define } = (await import(path)) as { default: (graph: Graph) => void };
  const suffix = `_c${randomBytes(4).toString('hex')}`;
  const run = new CaseRun(world, define, suffix, files);
  const [first] = blocks;
  if (first?.kind === 'definition') {
    const error = run.definitionError;
    expect(error === undefined ? 'the flow is defined' : plain(error, suffix)).toMatch(
      patternOf(first.lines.join('\n')),
    );
    return;
  }
  await run.begin();
  if (first?.kind !== 'steps') for (const key of files.keys()) await run.step(`put ${key}`);
  for (const block of blocks) await run.look(block);
  await run.end();
}

class CaseRun {
  readonly #world: World;
  readonly #suffix: string;
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #bucket: string;
  readonly #define: (graph: Graph) => void;
  #scope: Scope | undefined;
  #refused: string[] = [];

  constructor(world: World, define: (graph: Graph) => void, suffix: string, files: ReadonlyMap<string, Buffer>) {
    this.#world = world;
    this.#define = define;
    this.#suffix = suffix;
    this.#files = files;
    this.#bucket = `case${suffix.replace('_', '-')}`;
  }

  /** Why the flow can't be defined; undefined: it can. */
  get definitionError(): string | undefined {
    try {
      this.#flow();
      return undefined;
    } catch (error) {
      if (error instanceof DefinitionError) return error.message;
      throw error;
    }
  }

  #flow(): Flow {
    return flow(new ContextKey(this.#bucket), graph => this.#define(withSuffix(graph, this.#suffix)));
  }

  async begin(): Promise<void> {
    const { s3 } = this.#world;
    await s3.send(new CreateBucketCommand({ Bucket: this.#bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket: this.#bucket, VersioningConfiguration }));
    this.#scope = this.#worker();
  }

  #worker(): Scope {
    const { s3, connection } = this.#world;
    const objects = new S3Objects(s3, this.#bucket);
    return new Scope({ flow: this.#flow(), connection, objects, state: this.#world.state(), limits });
  }

  get scope(): Scope {
    if (this.#scope === undefined) throw new Error('begin first');
    return this.#scope;
  }

  /** Does what one line of a block `steps` says, and syncs: what stands between `|` by workers of their own, at once. */
  async step(line: string): Promise<void> {
    const keys = await Promise.all(line.split(' | ').map(one => this.#change(one)));
    if (line.startsWith('store ')) return;
    const workers = keys.map(() => (keys.length === 1 ? this.scope : this.#worker()));
    const reports = await Promise.all(keys.map((key, index) => syncObjects(workers[index] as Scope, [key])));
    for (const { rejected, unread } of reports)
      this.#refused.push(...rejected.flatMap(({ lines }) => lines), ...unread.map(({ reason }) => reason));
  }

  /** @returns the key of the object that the change is of */
  async #change(line: string): Promise<string> {
    const { s3 } = this.#world;
    const [, verb, key = '', file = key] = /^(put|store|confirm|delete|look at) (.+?)(?: from (.+))?$/.exec(line) ?? [];
    const named = { Bucket: this.#bucket, Key: key };
    if (verb === 'put' || verb === 'store')
      await s3.send(new PutObjectCommand({ ...named, Body: this.#content(file) }));
    else if (verb === 'confirm')
      await s3.send(
        new PutObjectCommand({ ...named, Body: this.#content(file), Metadata: { 'graphdrop-confirm': 'shrink' } }),
      );
    else if (verb === 'delete') await s3.send(new DeleteObjectCommand(named));
    else if (verb !== 'look at') throw new Error(`${line}: no such step`);
    return key;
  }

  /** Looks whether tracked state says what the graph is. */
  async end(): Promise<void> {
    const { report } = await verify(this.scope);
    expect(report.tables, 'tables as verify finds them').toEqual({});
  }

  async look({ kind, lines }: Block): Promise<void> {
    const { scope } = this;
    const suffix = this.#suffix;
    if (kind === 'steps') {
      this.#refused = [];
      for (const line of lines) await this.step(line);
    }
    if (kind === 'graph') {
      const text = await graphText(this.#world.query.bind(this.#world), scope.tables.values());
      expect(text.map(line => plain(line, suffix))).toEqual(lines);
    }
    if (kind === 'refused') {
      const refused = this.#refused.map(line => plain(line, suffix));
      expect(refused, refused.join('\n')).toHaveLength(lines.length);
      for (const [index, line] of lines.entries()) expect(refused[index]).toMatch(patternOf(line));
    }
    if (kind === 'ends') {
      const { undeclaredEnds: ends } = (await verify(scope)).report;
      const first = (ends?.first ?? []).map(({ table, key }) => plain(`${table} ${key}`, suffix));
      expect([ends?.count ?? 0, first]).toEqual([lines.length, lines]);
    }
    for (const line of kind === 'status' ? lines : []) {
      const [, key = '', field = '', json = ''] = /^(.+?) (\w+) (.+)$/.exec(line) ?? [];
      const status = (await scope.status.get(key)) as unknown as Record<string, unknown> | null;
      const found = plain(JSON.stringify(status?.[field] ?? null), suffix);
      expect(JSON.parse(found), line).toEqual(JSON.parse(json));
    }
  }

  /** The content of a file. In graph formats the file names labels, which have the run's ending. */
  #content(name: string): Buffer {
    const content = this.#files.get(name);
    if (content === undefined) throw new Error(`no file ${name}`);
    const { sources } = this.#flow();
    if (!sources.some(({ options }) => graphFormat(options.format) !== undefined)) return content;
    const names = [...this.scope.tables.values()].map(table => (table.kind === 'node' ? table.label : table.type));
    return Buffer.from(
      names.reduce((text, full) => {
        const given = plain(full, this.#suffix).replace(/[^\w]/g, '\\$&');
        return text.replace(new RegExp(`(?<![\\w~])${given}(?!\\w)`, 'g'), full);
      }, content.toString('latin1')),
      'latin1',
    );
  }
}

/** A graph whose tables have names of their own: all cases share one database. */
function withSuffix(graph: Graph, suffix: string): Graph {
  return new Proxy(graph, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'nodeTable' && name !== 'relationTable') return value.bind(target);
      return (label: string, ...rest: readonly unknown[]) => value.call(target, `${label}${suffix}`, ...rest);
    },
  });
}

function plain(text: string, suffix: string): string {
  // As it stands, and as an edge's derived id may have it.
  return text.replaceAll(suffix, '').replaceAll(suffix.replaceAll('_', '~1'), '');
}

/** The whole of a text; `…` stands for any. */
function patternOf(line: string): RegExp {
  const parts = line.split('…').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

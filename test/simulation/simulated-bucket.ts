import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { ALL_KEYS } from '../sync/people-histories.ts';
import type { PeopleRecord } from '../sync/people-model.ts';
import type { World } from '../sync/world.ts';
import type { BucketCommand } from './history.ts';

type Records = readonly PeopleRecord[];
/** One version: its records; `bad`: not acceptable; `gone`: a delete marker. */
type Version = Records | 'bad' | 'gone';

/** The bucket of a world, and what is known of its content without asking anybody. */
export class SimulatedBucket {
  readonly #world: World;
  /** Versions of each key, oldest first, as the bucket has them. */
  readonly #versions = new Map<string, Version[]>();

  constructor(world: World) {
    this.#world = world;
  }

  async run(command: BucketCommand): Promise<void> {
    switch (command.kind) {
      case 'put':
        return await this.#put(command.key, command.records);
      case 'spoil':
        return await this.#put(command.key, 'bad');
      case 'delete':
        return await this.#put(command.key, 'gone');
      case 'undelete':
        return await this.#undelete(command.key);
      case 'restore':
        return await this.#put(command.key, this.#versions.get(command.key)?.at(-1 - command.back) ?? 'gone');
      case 'repartition':
        return await this.#repartition(siblings(command.like), command.shift);
      case 'rename': {
        const content = this.#now(command.key);
        const to = sibling(command.key, command.to);
        if (content === 'gone' || to === command.key) return;
        await this.#put(to, content);
        return await this.#put(command.key, 'gone');
      }
      case 'move': {
        const moved = this.#records(command.key).map(edge => ({ ...edge, to: command.end }));
        if (moved.length > 0) await this.#put(command.key, moved);
        return;
      }
      case 'share': {
        const to = sibling(command.key, command.to);
        const records = [...this.#records(to), ...this.#records(command.key).slice(0, 2)];
        if (records.length > 0) await this.#put(to, records);
      }
    }
  }

  /** Of each object the newest version that is acceptable; a delete marker hides those before it. */
  inForce(): Map<string, Records> {
    const files = new Map<string, Records>();
    for (const key of ALL_KEYS) {
      const version = this.#versions.get(key)?.findLast(one => one !== 'bad');
      if (Array.isArray(version)) files.set(key, version);
    }
    return files;
  }

  #now(key: string): Version {
    return this.#versions.get(key)?.at(-1) ?? 'gone';
  }

  #records(key: string): Records {
    const now = this.#now(key);
    return now === 'gone' || now === 'bad' ? [] : now;
  }

  async #put(key: string, version: Version): Promise<void> {
    this.#versions.set(key, [...(this.#versions.get(key) ?? []), version]);
    if (version === 'gone') await this.#world.delete(key);
    else await this.#world.put(key, textOf(version));
  }

  async #undelete(key: string): Promise<void> {
    if (this.#versions.get(key)?.at(-1) !== 'gone') return;
    const { s3, name: Bucket } = this.#world;
    const { DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: key }));
    const marker = DeleteMarkers.find(({ Key, IsLatest }) => Key === key && IsLatest);
    if (marker === undefined) throw new Error(`${key} has no delete marker`);
    this.#versions.get(key)?.pop();
    await s3.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId: marker.VersionId }));
  }

  async #repartition(keys: readonly string[], shift: number): Promise<void> {
    const records = keys.flatMap(key => this.#records(key));
    const shares = keys.map((_, n) => records.filter((_, i) => Math.floor((i + shift) / 2) % keys.length === n));
    for (const [n, key] of keys.entries()) await this.#put(key, shares[n]?.length ? shares[n] : 'gone');
  }
}

/** The object's text; what no source accepts says so. */
export function textOf(version: Version): string {
  if (version === 'bad' || version === 'gone') return version === 'bad' ? 'not acceptable' : '';
  return version.map(record => `${JSON.stringify(record)}\n`).join('');
}

function siblings(key: string): string[] {
  const folder = key.slice(0, key.indexOf('/') + 1);
  return ALL_KEYS.filter(one => one.startsWith(folder));
}

function sibling(key: string, n: number): string {
  const all = siblings(key);
  return all[n % all.length] as string;
}

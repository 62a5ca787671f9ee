import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { Flow } from '../oracle/graphdrop.ts';
import { Oracle } from '../oracle/oracle.ts';
import type { World } from '../sync/world.ts';
import type { BucketCommand } from './history.ts';
import { altered, CROWD, HUGE, manyRecords, type SimulatedRecord, siblings } from './records.ts';

type Records = readonly SimulatedRecord[];
/** One version: its records; `bad`: not acceptable; `gone`: a delete marker; expired ones are known, but not in the bucket. */
type Version = Records | 'bad' | 'gone' | { readonly expired: Records };

/** The bucket of a world, and what is known of its content without asking anybody. */
export class SimulatedBucket {
  readonly #world: World;
  /** Versions of each key, oldest first. */
  readonly #versions = new Map<string, Version[]>();
  /** Keys of objects that can't be read for now. */
  readonly archived = new Set<string>();
  /** Keys that changed since they were last asked for. */
  #changed = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  async run(command: BucketCommand): Promise<void> {
    switch (command.kind) {
      case 'put':
        return await this.#put(command.key, command.records);
      case 'alter': {
        const now = this.#records(command.key);
        if (now.length > 0) await this.#put(command.key, now.map(altered));
        return;
      }
      case 'amend': {
        const now = this.#records(command.key);
        const place = command.place % Math.max(1, now.length);
        if (now.length > 0) await this.#put(command.key, now.with(place, altered(now[place] as SimulatedRecord)));
        return;
      }
      case 'spoil':
        return await this.#put(command.key, 'bad');
      case 'bury':
        await this.#put(command.key, 'bad');
        return await this.#expire(command.key);
      case 'expire':
        return await this.#expire(command.key);
      case 'delete':
        return await this.#put(command.key, 'gone');
      case 'undelete':
        return await this.#undelete(command.key);
      case 'archive':
        if (this.#records(command.key).length > 0) this.archived.add(command.key);
        return;
      case 'restore': {
        const old = this.#versions.get(command.key)?.at(-1 - command.back) ?? 'gone';
        return await this.#put(command.key, isExpired(old) ? 'gone' : old);
      }
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
        return;
      }
      case 'crowd':
        for (const [n, key] of CROWD.entries()) await this.#put(key, [{ id: 'm', rev: command.rev, text: `x ${n}` }]);
        return;
      case 'disperse': {
        const present = CROWD.filter(key => this.#now(key) !== 'gone').sort();
        for (const key of present.slice(-command.count)) await this.#put(key, 'gone');
        return;
      }
      case 'huge':
        return await this.#put(HUGE, command.rows === 0 ? 'gone' : manyRecords(command.rows, command.width));
    }
  }

  /** Has archived objects readable again, which is an event of each. */
  thaw(): void {
    for (const key of this.archived) this.#changed.add(key);
    this.archived.clear();
  }

  /** Keys that changed, to look at: their events are still to come. */
  get changed(): readonly string[] {
    return [...this.#changed];
  }

  /** Keys that changed since the last time: their events. */
  takeChanged(): string[] {
    const changed = [...this.#changed];
    this.#changed = new Set();
    return changed;
  }

  /** What the bucket holds, for the oracle: of each object all versions, the newest first. */
  objects(): Map<string, (Buffer | null)[]> {
    return new Map(
      [...this.#versions].map(([key, versions]) => [
        key,
        versions
          .filter(version => !isExpired(version))
          .map(version => (version === 'gone' ? null : Buffer.from(textOf(version))))
          .reverse(),
      ]),
    );
  }

  /** Keys of which graphdrop may hold what no version in the bucket says any more: what is in the graph then isn't promised. */
  async undecided(oracle: Oracle, lenient: Flow): Promise<string[]> {
    const decided = await oracle.inForce(this.objects());
    const accepted = await new Oracle(lenient, oracle.unique).inForce(this.objects());
    const keys = [...this.#versions.keys()].filter(key => !decided.has(key) && this.#now(key) !== 'gone');
    return keys.filter(key => accepted.has(key) || this.#expired(key) !== undefined);
  }

  /** Puts what expired under a bad version again. */
  async revive(key: string): Promise<void> {
    await this.#put(key, this.#expired(key) ?? 'gone');
  }

  /** The newest accepted version that expired, with no delete marker above it. */
  #expired(key: string): Records | undefined {
    const versions = this.#versions.get(key) ?? [];
    const since = versions.slice(versions.lastIndexOf('gone') + 1);
    return since.findLast(isExpired)?.expired;
  }

  #now(key: string): Exclude<Version, { expired: unknown }> {
    const now = this.#versions.get(key)?.at(-1) ?? 'gone';
    return isExpired(now) ? 'gone' : now;
  }

  #records(key: string): Records {
    const now = this.#now(key);
    return now === 'gone' || now === 'bad' ? [] : now;
  }

  async #put(key: string, version: Exclude<Version, { expired: unknown }>): Promise<void> {
    this.#changed.add(key);
    this.archived.delete(key);
    this.#versions.set(key, [...(this.#versions.get(key) ?? []), version]);
    if (version === 'gone') await this.#world.delete(key);
    else await this.#world.put(key, textOf(version));
    // A folder has the newest alone.
    if (this.#world.stores !== null) this.#forgetOld(key);
  }

  async #expire(key: string): Promise<void> {
    const versions = this.#versions.get(key) ?? [];
    if (versions.length < 2) return;
    this.#changed.add(key);
    const { s3, name: Bucket, stores } = this.#world;
    if (stores !== null) return;
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: key }));
    const old = [...Versions, ...DeleteMarkers].filter(({ Key, IsLatest }) => Key === key && !IsLatest);
    for (const { VersionId } of old) await s3.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId }));
    this.#forgetOld(key);
  }

  /** Notes that all versions but the newest are there no more. */
  #forgetOld(key: string): void {
    const versions = this.#versions.get(key) ?? [];
    const left = versions.slice(0, -1).flatMap((version): Version[] => {
      // Of a deletion whose marker is there no more nobody knows, unless it was looked at before: either is right under a bad version.
      if (version === 'bad' || version === 'gone') return [];
      return Array.isArray(version) ? [{ expired: version }] : [version];
    });
    this.#versions.set(key, [...left, versions.at(-1) as Version]);
  }

  async #undelete(key: string): Promise<void> {
    const { s3, name: Bucket, stores } = this.#world;
    if (this.#versions.get(key)?.at(-1) !== 'gone' || stores !== null) return;
    const { DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: key }));
    const marker = DeleteMarkers.find(({ Key, IsLatest }) => Key === key && IsLatest);
    if (marker === undefined) return; // it was put, and expired, as a marker alone
    this.#changed.add(key);
    this.#versions.get(key)?.pop();
    await s3.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId: marker.VersionId }));
  }

  async #repartition(keys: readonly string[], shift: number): Promise<void> {
    const records = keys.flatMap(key => this.#records(key));
    const shares = keys.map((_, n) => records.filter((_, i) => Math.floor((i + shift) / 2) % keys.length === n));
    for (const [n, key] of keys.entries()) {
      const share = shares[n] ?? [];
      await this.#put(key, share.length > 0 ? share : 'gone');
    }
  }
}

function isExpired(version: Version): version is { readonly expired: Records } {
  return typeof version === 'object' && 'expired' in version;
}

/** The object's text; what no source accepts says so. */
function textOf(version: Records | 'bad' | { readonly expired: Records }): string {
  if (version === 'bad') return 'not acceptable';
  return (isExpired(version) ? version.expired : version).map(record => `${textOfRecord(record)}\n`).join('');
}

/** JSON.stringify gives 0 for -0. */
function textOfRecord(record: SimulatedRecord): string {
  return JSON.stringify(record, (_, value) => (Object.is(value, -0) ? '-0 as a number' : value)).replaceAll(
    '"-0 as a number"',
    '-0.0',
  );
}

function sibling(key: string, n: number): string {
  const all = siblings(key);
  return all[n % all.length] as string;
}

import { join } from 'node:path';
import { NODE_OPTIONS } from '../../infra/node-options.ts';
import type { Client } from './run-client.ts';

/** A piece of work that one or more peers do, each in a process of its own. */
export interface Story {
  readonly name: string;
  readonly peers: readonly Peer[];
  /** Of the data, 0 to 1, that `--quick` takes. */
  readonly quickShare: number;
}

export type Peer = 'graphdrop' | 'raw-driver' | 'load-csv' | 'cocoindex';

export const STORIES: readonly Story[] = [
  { name: 'wordnet', peers: ['raw-driver', 'load-csv', 'graphdrop', 'cocoindex'], quickShare: 0.1 },
  { name: 'parts', peers: ['graphdrop'], quickShare: 0.12 },
  { name: 'object', peers: ['graphdrop'], quickShare: 0.12 },
  { name: 'small', peers: ['graphdrop'], quickShare: 0.2 },
  { name: 'vectors', peers: ['raw-driver', 'graphdrop'], quickShare: 0.3 },
  { name: 'indexed', peers: ['raw-driver', 'graphdrop'], quickShare: 0.1 },
];

/** Peers that are measured in the first run alone: a cold load of CocoIndex takes many minutes. */
export const ONCE: ReadonlySet<Peer> = new Set(['cocoindex']);

/** Returns how a peer's part in a story is run. @param run distinguishes its labels from those of others */
export function clientOf(story: Story, peer: Peer, run: string, share: number): Client {
  const script = join(import.meta.dirname, 'peers', `${peer}.ts`);
  const args = [script, JSON.stringify({ story: story.name, run, share })];
  // Ours as the stack starts it.
  return { command: process.execPath, args, ...(peer === 'graphdrop' && { env: { NODE_OPTIONS } }) };
}

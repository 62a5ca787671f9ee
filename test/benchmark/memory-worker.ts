/** A worker in a process of its own, with little memory: applies the files of a folder, and prints what came of them. */
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { FolderObjects } from '../../lib/bucket/folder/folder-objects.ts';
import { ContextKey, flow } from '../../lib/index.ts';
import { Scope } from '../../lib/scope.ts';
import { syncObjects } from '../../lib/sync/sync.ts';
import { MemoryState } from '../state/memory-state.ts';
import { connectionTo } from '../support/connection.ts';
import type { Neo4jAddress } from '../support/neo4j.ts';

/** What it reads from standard input, as JSON. */
export interface MemoryOrder {
  readonly neo4j: Neo4jAddress;
  readonly folder: string;
  /** Of the context and the label. */
  readonly name: string;
  readonly keys: readonly string[];
  readonly seconds: number;
}

/** What it prints. */
export interface MemoryResult {
  /** Keys in the order in which they were applied. */
  readonly applied: readonly string[];
  readonly unsettled: number;
  readonly rejected: readonly string[];
  readonly peakMegabytes: number;
}

const { neo4j, folder, name, keys, seconds } = JSON.parse(await text(process.stdin)) as MemoryOrder;
const followed = flow(new ContextKey(name), graph => {
  const table = graph.nodeTable<{ id: string; text: string }>(`Memory_${name}`);
  const record = z.object({ id: z.string(), text: z.string() });
  graph.source('*.ndjson', { record }, row => table.declareRecord(row));
});
const applied: string[] = [];
const state = new MemoryState();
const connection = connectionTo(neo4j);
const scope = new Scope({ flow: followed, connection, objects: new FolderObjects(folder), state });
const { put } = scope.status;
scope.status.put = async status => {
  if (status.state === 'applied') applied.push(status.key);
  await put.call(scope.status, status);
};
const report = await syncObjects(scope, keys, Date.now() + seconds * 1000);
const result: MemoryResult = {
  applied,
  unsettled: report.unsettled.length,
  rejected: report.rejected.map(({ reason }) => reason),
  peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

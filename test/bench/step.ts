/** A measured step of a client, which prints what it took as a line of JSON: `run-client.ts` reads these. */

/** What a step took, as its client saw it. */
export interface ClientStep {
  readonly step: string;
  readonly seconds: number;
  /** CPU seconds of the client. */
  readonly cpu: number;
  /** Peak megabytes of the client until now. */
  readonly rss: number;
  /** Rows that were written or looked at. */
  readonly rows: number;
  readonly transactions?: number;
  /** Syncs of limited time that it took. */
  readonly invocations?: number;
  /** Rows that were written, where `rows` were looked at. */
  readonly written?: number;
  /** Bytes of temporary files at most. */
  readonly spoolBytes?: number;
}

/** What a step tells of itself. */
type Told = Omit<ClientStep, 'step' | 'seconds' | 'cpu' | 'rss'>;

/** Does some work and prints what it took. @param work returns how many rows it handled, and in how many transactions */
export async function step(name: string, work: () => Promise<Told>): Promise<void> {
  globalThis.gc?.();
  console.log(JSON.stringify({ begin: name }));
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  const rss = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ step: name, seconds, cpu: (user + system) / 1e6, rss, ...result } satisfies ClientStep));
}

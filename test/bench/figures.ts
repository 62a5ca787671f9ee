import type { Measured } from './run-client.ts';

/** A figure of several runs. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What a step took, over all runs. */
export interface Figure {
  readonly story: string;
  readonly peer: string;
  readonly step: string;
  readonly rows: number;
  readonly seconds: Spread;
  readonly rowsPerSecond: Spread;
  /** Microseconds of the client's CPU a row. */
  readonly clientMicros: Spread;
  /** CPU seconds of the client and of each service. */
  readonly cpu: { readonly client: Spread; readonly database: Spread; readonly state: Spread; readonly bucket: Spread };
  /** Peak megabytes of the client until the step's end. */
  readonly rss: Spread;
  readonly transactions?: number;
}

export function figureOf(story: string, peer: string, runs: readonly Measured[]): Figure {
  const of = (value: (run: Measured) => number) => spread(runs.map(value));
  const { step = '', rows = 0, transactions } = runs[0] ?? {};
  return {
    story,
    peer,
    step,
    rows,
    seconds: of(run => run.seconds),
    rowsPerSecond: of(run => run.rows / run.seconds),
    clientMicros: of(run => (run.cpu * 1e6) / run.rows),
    cpu: {
      client: of(run => run.cpu),
      database: of(run => run.servers.database),
      state: of(run => run.servers.state),
      bucket: of(run => run.servers.bucket),
    },
    rss: of(run => run.rss),
    ...(transactions !== undefined && { transactions }),
  };
}

function spread(values: readonly number[]): Spread {
  const sorted = values.map(value => Number(value.toPrecision(4))).sort((a, b) => a - b);
  return {
    median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    least: sorted[0] ?? 0,
    most: sorted[sorted.length - 1] ?? 0,
  };
}

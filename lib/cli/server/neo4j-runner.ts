/** The two ways to run Neo4j, a Java process and a container, in one form. */

/**
 * The servers that tests run on by default, the newest, and the oldest that is supported: `GRAPHDROP_NEO4J=5.18.1` runs any
 * test on that.
 */
export type Neo4jVersion = '5.26.30' | '2026.08.1' | '5.18.1';

/** What the two ways to run Neo4j (a Java process, a container) are given and do. */
export interface Neo4jSetup {
  readonly version: Neo4jVersion;
  readonly home: string;
  /** Whether `home` may go when this process dies. */
  readonly isTemporary: boolean;
  readonly boltPort: number;
  readonly httpPort: number;
  readonly password: string;
  readonly heap: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly jvmArgs?: readonly string[];
  readonly ready: () => Promise<boolean>;
}

export interface Neo4jRunner {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answers, type Neo4jAddress, type Neo4jServer, passwordOf, startNeo4j } from './neo4j-server.ts';
import { freePort, isFree } from './ports.ts';

/** The server of a home, as one of perhaps several processes has it. */
export interface OpenServer {
  readonly address: Neo4jAddress;
  /** Starts the server again where it is gone: it may have crashed, or ended with the process that had started it. */
  ensure(): Promise<void>;
  /** Ends the server, if this process started it. */
  close(): Promise<void>;
}

/** Neo4j's own ports: what people and tools expect. */
const DEFAULT_PORTS: Ports = { bolt: 7687, http: 7474 };

interface Ports {
  readonly bolt: number;
  readonly http: number;
}

/**
 * Opens the server whose data is in a home: the one that another process runs, else starts it, on the ports it had before or
 * Neo4j's own, if they are free.
 *
 * @param starting called before a server is started
 */
export async function openServer(home: string, database: string, starting: () => void = () => {}): Promise<OpenServer> {
  const noted = join(home, 'ports.json');
  const before = await readFile(noted, 'utf8').then(
    text => JSON.parse(text) as Ports,
    () => undefined,
  );
  const wanted = before ?? DEFAULT_PORTS;
  const password = await passwordOf(home);
  const present = before && addressOf(before, password, database);
  const isThere = present !== undefined && (await isUp(present));
  const ports = isThere ? wanted : { bolt: await freeOr(wanted.bolt), http: await freeOr(wanted.http) };
  const address = addressOf(ports, password, database);
  let own: Neo4jServer | undefined;
  const ensure = async () => {
    if (await isUp(address)) return;
    starting();
    if (own === undefined) own = await startNeo4j({ home, database, boltPort: ports.bolt, httpPort: ports.http });
    else await own.start();
  };
  if (!isThere) {
    await writeFile(noted, JSON.stringify(ports));
    await ensure();
  }
  return { address, ensure, close: async () => own?.stop() };
}

async function isUp(address: Neo4jAddress): Promise<boolean> {
  return await answers(address).catch(() => false);
}

function addressOf({ bolt, http }: Ports, password: string, database: string): Neo4jAddress {
  const httpUri = `http://127.0.0.1:${http}`;
  const boltUri = `bolt://127.0.0.1:${bolt}`;
  return { boltUri, httpUri, browserUri: `${httpUri}/browser/`, username: 'neo4j', password, database };
}

async function freeOr(port: number): Promise<number> {
  return (await isFree(port)) ? port : await freePort();
}

/** Neo4j as a Java process, from its jars on Maven Central. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache.ts';
import { type ChildService, startChildService } from './child-service.ts';
import { findJava, mavenJars } from './maven.ts';
import type { Neo4jRunner, Neo4jSetup } from './neo4j.ts';

const version = '5.26.30';
const artifacts = [
  `org.neo4j:neo4j:${version}`,
  `org.neo4j.app:neo4j-server:${version}`,
  'org.neo4j.client:neo4j-browser:5.24.0',
];
const opened = ['java.nio', 'java.io', 'sun.nio.ch', 'java.lang'];

/** The cache's folder for the archive that `neo4j-class-archive.ts` makes. */
export function classArchiveName(javaVersion: string): string {
  return `neo4j-${version}-classes-java-${javaVersion}`;
}

/** Runs the server that `setup` describes as a child process. */
export function neo4jProcess(setup: Neo4jSetup): Neo4jRunner {
  let child: ChildService | undefined;
  return {
    start: async () => {
      const jars = await mavenJars(`neo4j-${version}`, artifacts);
      const java = await findJava();
      const archive = join(cacheDir, classArchiveName(java.version), 'classes.jsa');
      const configDir = join(setup.home, 'conf');
      const tempDir = join(setup.home, 'tmp');
      await mkdir(configDir, { recursive: true });
      await mkdir(tempDir, { recursive: true });
      await writeFile(join(configDir, 'neo4j.conf'), configOf(setup));
      await setInitialPassword(setup);
      child = await startChildService({
        name: 'Neo4j',
        command: java.command,
        args: [
          `-Xms${setup.heap}`,
          `-Xmx${setup.heap}`,
          `-Djava.io.tmpdir=${tempDir}`,
          ...opened.map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`),
          ...(setup.jvmArgs ?? (existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [])),
          '-cp',
          join(jars, '*'),
          'org.neo4j.server.CommunityEntryPoint',
          `--home-dir=${setup.home}`,
          `--config-dir=${configDir}`,
        ],
        cwd: setup.home,
        ...(setup.isTemporary && { tempDir: setup.home }),
        logFile: join(setup.home, 'console.log'),
        ownLogFile: join(setup.home, 'logs', 'neo4j.log'),
        ready: setup.ready,
      });
    },
    stop: async () => child?.stop(),
    kill: async () => child?.kill(),
  };
}

function configOf({ boltPort, httpPort, settings }: Neo4jSetup): string {
  const all: Record<string, string> = {
    'server.default_listen_address': '127.0.0.1',
    'server.default_advertised_address': '127.0.0.1',
    'server.bolt.listen_address': `127.0.0.1:${boltPort}`,
    'server.bolt.advertised_address': `127.0.0.1:${boltPort}`,
    'server.http.listen_address': `127.0.0.1:${httpPort}`,
    'server.http.advertised_address': `127.0.0.1:${httpPort}`,
    'server.https.enabled': 'false',
    'internal.dbms.bolt.netty_server_shutdown_quiet_period': '0', // stops in 1 second instead of 10
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/**
 * Does offline what `neo4j-admin dbms set-initial-password` does (which takes the password on its command line): leaves
 * the hash where a server looks for it when it makes its system database. Too late, and not needed, once that exists.
 */
async function setInitialPassword({ home, password }: Neo4jSetup): Promise<void> {
  if (existsSync(join(home, 'data', 'databases', 'system'))) return;
  const iterations = 1024;
  const salt = randomBytes(32);
  let hash = createHash('sha256').update(salt).update(password).digest();
  for (let i = 1; i < iterations; i++) hash = createHash('sha256').update(hash).digest();
  const credential = `SHA-256,${hash.toString('hex')},${salt.toString('hex')},${iterations}`;
  await mkdir(join(home, 'data', 'dbms'), { recursive: true });
  await writeFile(join(home, 'data', 'dbms', 'auth.ini'), `neo4j:${credential}:\n`, { mode: 0o600 });
}

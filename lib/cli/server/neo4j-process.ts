/** Neo4j as a Java process, from its jars on Maven Central. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache.ts';
import { type ChildService, startChildService } from './child-service.ts';
import { findJava } from './java.ts';
import { mavenJars } from './maven.ts';
import type { Neo4jRunner, Neo4jSetup, Neo4jVersion } from './neo4j-runner.ts';

const releases = {
  '5.26.30': {
    artifacts: [
      'org.neo4j:neo4j:5.26.30',
      'org.neo4j.app:neo4j-server:5.26.30',
      'org.neo4j.client:neo4j-browser:5.24.0',
    ],
    main: 'org.neo4j.server.CommunityEntryPoint',
    java: 17,
  },
  '5.18.1': {
    artifacts: ['org.neo4j:neo4j:5.18.1', 'org.neo4j.app:neo4j-server:5.18.1'],
    main: 'org.neo4j.server.CommunityEntryPoint',
    java: 17,
  },
  '2026.08.1': {
    artifacts: ['org.neo4j:neo4j:2026.08.1', 'org.neo4j.app:neo4j-server:2026.08.1'],
    main: 'org.neo4j.server.Neo4jCommunity',
    java: 21,
  },
} as const satisfies Record<Neo4jVersion, unknown>;

const opened = ['java.nio', 'java.io', 'sun.nio.ch', 'java.lang'];

/** The cache's folder for the archive that halves the start: test/support makes it. */
export function classArchiveName(javaVersion: string, version: Neo4jVersion = '5.26.30'): string {
  return `neo4j-${version}-classes-java-${javaVersion}`;
}

/** Runs the server that `setup` describes as a child process. */
export function neo4jProcess(setup: Neo4jSetup): Neo4jRunner {
  let child: ChildService | undefined;
  return {
    start: async () => {
      const { version } = setup;
      const { artifacts, main, java: least } = releases[version];
      const jars = await mavenJars(`neo4j-${version}`, artifacts);
      const java = await findJava(least);
      const archive = join(cacheDir(), classArchiveName(java.version, version), 'classes.jsa');
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
          main,
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

/** Jars from Maven. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { runTool } from './run-tool.ts';

const mavenMissing = 'mvn was not found: install Apache Maven 3.6 or later (it fetches the jars of the local services)';

/**
 * The folder with these artifacts and all they need at run time, as one flat folder of jars (and native libraries).
 * @param name names the folder in the cache; give it another one when the artifacts change
 * @param artifacts Maven coordinates, `groupId:artifactId:version`
 */
export function mavenJars(name: string, artifacts: readonly string[]): Promise<string> {
  return cached(name, async dir => {
    const work = join(dir, 'maven');
    await mkdir(work);
    const pom = join(work, 'pom.xml');
    await writeFile(pom, pomOf(artifacts));
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${dir}`, '-DincludeScope=runtime'];
    await runTool('mvn', ['-q', '-B', '-f', pom, ...goal], mavenMissing);
  });
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map(artifact => {
    const [groupId, artifactId, version] = artifact.split(':');
    return `<dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>graphdrop</groupId><artifactId>local-services</artifactId><version>1</version>
<dependencies>
${dependencies.join('\n')}
</dependencies>
</project>
`;
}

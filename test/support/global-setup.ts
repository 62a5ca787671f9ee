/** Vitest: starts the local services once for a run and tells tests their addresses by `inject('services')`. */
import { readFile } from 'node:fs/promises';
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { addressesOf, type ServiceAddresses, type Services, startServices } from './local-services.ts';
import { archiveNeo4jClasses } from './neo4j-class-archive.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The services of this run, shared by all test files: keep to your own database keys, tables and buckets. */
    services: ServiceAddresses;
  }
}

/** Plans of statements aren't made anew because there are more nodes now, so that a run makes each once: see labels-in-turn.ts. */
const PLANS_STAY = { 'dbms.cypher.min_replan_interval': '1h', 'dbms.cypher.statistics_divergence_threshold': '1.0' };

/** The services of this run. Each project of the run loads this module anew, hence the global object. */
const run = globalThis as { graphdropServices?: { readonly started: Promise<Services>; users: number } };

/** With `GRAPHDROP_SERVICES` naming the file that `services.ts` wrote, those running services are used instead. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const file = process.env.GRAPHDROP_SERVICES;
  if (file) {
    project.provide('services', JSON.parse(await readFile(file, 'utf8')) as ServiceAddresses);
    return undefined;
  }
  run.graphdropServices ??= {
    started: archiveNeo4jClasses().then(() => startServices({ neo4j: { settings: PLANS_STAY } })),
    users: 0,
  };
  const shared = run.graphdropServices;
  shared.users += 1;
  const services = await shared.started;
  project.provide('services', addressesOf(services));
  return async () => {
    shared.users -= 1;
    if (shared.users === 0) await services.stop();
  };
}

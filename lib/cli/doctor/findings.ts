import { definitionHash, withCode } from '../../definition/definition.ts';
import { preflight } from '../../deploy/preflight.ts';
import { scopeStatus } from '../../insight/status.ts';
import { requireOwnStore } from '../../neo4j/fence/owning-store.ts';
import { planFor } from '../../neo4j/schema/apply-schema.ts';
import type { Head } from '../../state/head.ts';
import { describeHeldBack } from '../../sync/held-back.ts';
import { explainError } from '../explain-error.ts';
import type { Place } from '../place/place.ts';
import { isStack } from '../place/stack-place.ts';
import { type Finding, type Found, type Look, ok, type Status, wrong } from './finding.ts';
import { FOLDER_LOOKS } from './folder-looks.ts';
import { stackLooks } from './stack-looks.ts';

/** Looks at one thing after the other; what can't be looked at is a finding, too. */
export async function* findings(place: Place): AsyncGenerator<Finding> {
  let listed: ReturnType<Status> | undefined;
  const status = () => {
    listed ??= place.scope().then(scope => scopeStatus(scope, { samples: 1_000, deadline: Date.now() + COUNT_MS }));
    return listed;
  };
  for (const [about, lookAt] of [...LOOKS, ...looksOf(place)]) {
    try {
      yield { about, ...(await lookAt(place, status)) };
    } catch (error) {
      const { message, remedy } = explainError(error);
      yield { about, ok: false, found: message, ...(remedy !== undefined && { remedy }) };
    }
  }
}

const LOOKS: readonly Look[] = [
  ['place', async ({ title, scopeName }) => ok(`${title}, scope ${scopeName}`)],
  ['flow', lookAtFlow],
  ['files', lookAtFiles],
  ['state', lookAtState],
  ['database', lookAtDatabase],
  ['schema', lookAtSchema],
  ['objects', lookAtObjects],
];

/** Milliseconds for looking at objects: of a large bucket the first part is looked at. */
const COUNT_MS = 10_000;

/** What only a stack, or only a folder, has. */
function looksOf(place: Place): readonly Look[] {
  return isStack(place) ? stackLooks(place) : FOLDER_LOOKS;
}

async function lookAtFlow(place: Place): Promise<Found> {
  const { path } = await place.flow();
  const { tables, sources } = await definitionOf(place);
  return ok(`${path}: ${tables.length} tables, sources ${sources.map(({ glob }) => glob).join(', ')}`);
}

async function lookAtFiles({ objects }: Place): Promise<Found> {
  const [first] = (await objects.list('', 1)).objects;
  if (first === undefined)
    return wrong(`${objects.bucket} has no objects`, 'Drop a file whose key one of the sources matches.');
  await objects.head(first.key);
  return ok(`${objects.bucket} can be listed, and objects be read`);
}

async function lookAtState(place: Place): Promise<Found> {
  const head = await place.state.head.read();
  if (head === null) return wrong('the scope was never deployed', "Deploy the stack, or start 'graphdrop dev'.");
  if (head.closed) return wrong('the scope was torn down', "Deploy the stack again, or start 'graphdrop dev'.");
  if (head.definition !== definitionHash(await definitionOf(place))) {
    return wrong(
      'another version of the flow is deployed than this one',
      'Deploy this flow, or name the deployed one: --flow.',
    );
  }
  if (head.resync !== null) {
    return wrong(
      'the database was replaced, restored or changed by a deploy: a resync has yet to settle',
      "Run 'graphdrop sync', and again if it says so.",
    );
  }
  return isStuck(head)
    ? wrong('a worker died and left its lease', 'Nothing: the next worker takes over.')
    : ok(`epoch ${head.epoch}, root ${head.root || 'empty'}`);
}

function isStuck({ holder, until }: Head): boolean {
  return holder !== null && until < Date.now();
}

async function lookAtDatabase(place: Place): Promise<Found> {
  const { graph } = await place.connection();
  const [warning] = await preflight(graph, place.scopeName, await definitionOf(place));
  await requireOwnStore(graph, place.scopeName, (await place.state.head.read())?.store ?? null);
  const [row] = await graph.queryOnce(
    "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' RETURN versions[0] + ' ' + edition AS version",
  );
  if (warning !== undefined) return wrong(warning, 'Drop that constraint, unless nodes always come before edges.');
  return ok(`Neo4j ${row?.version}`);
}

async function lookAtSchema(place: Place): Promise<Found> {
  const { graph } = await place.connection();
  const { plan } = await planFor(graph, place.scopeName, await definitionOf(place));
  const open = [...plan.missing, ...plan.replaced].map(({ name }) => name);
  return open.length === 0
    ? ok('constraints and indexes are as the flow says')
    : wrong(`missing: ${open.join(', ')}`, "Deploy again, or start 'graphdrop dev': both make them.");
}

async function lookAtObjects(_: Place, status: Status): Promise<Found> {
  const { objects, open, heldBack } = await status();
  if (heldBack !== null) {
    return wrong(
      describeHeldBack(heldBack),
      "Is this the right bucket or folder, and the right database? If they are to go: 'graphdrop sync --confirm'.",
    );
  }
  const all = Object.values(objects).reduce((sum, count) => sum + count, 0);
  const bad = objects.rejected + objects.unread;
  const keys = open.filter(({ standing }) => standing === 'rejected' || standing === 'unread').map(({ key }) => key);
  return bad === 0
    ? ok(`${all} known, none rejected`)
    : wrong(
        `${bad} of ${all} are rejected or can't be read: ${keys.slice(0, 5).join(', ')}${bad > 5 ? ', ...' : ''}`,
        "Correct and drop them again; 'graphdrop retry' tries them as they are.",
      );
}

async function definitionOf(place: Place) {
  const { flows, code, path } = await place.flow();
  const found = flows.find(({ context }) => context.name === place.context);
  if (found === undefined) throw new Error(`${path} has no flow for context ${place.context}`);
  return withCode(found.definition, code);
}

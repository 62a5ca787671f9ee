import type { Ends } from '../../definition/declaration.ts';
import type { Scope } from '../../scope.ts';
import { UnknownTableError } from '../asked-row.ts';
import { explainRow, type OwnerExplanation, type RowExplanation } from '../explain-row.ts';
import type { GraphEdge } from '../graph-row.ts';
import { drawGraph } from './graph-drawing.ts';
import { type Html, html } from './html.ts';
import type { Surface, View } from './view.ts';

/** Edges of a node that are drawn. */
const EDGES = 20;

/** Shows a node or an edge: what declares it, and what is around it. @param deadline for reading files and the database */
export async function rowView(
  scope: Scope,
  { name, key, from, to }: View & { readonly view: 'row' },
  surface: Surface,
  deadline: number,
): Promise<Html> {
  const asked = {
    name,
    ...(key !== undefined && { key }),
    ...(from !== undefined && to !== undefined && { ends: { from, to } }),
  };
  const back = html`<p>${surface.link('All objects', { view: 'status' })}</p>`;
  try {
    const found = await explainRow(scope, asked, { deadline, edges: EDGES });
    return html`${back}${found.map(row => oneRow(row, surface))}`;
  } catch (error) {
    if (!(error instanceof UnknownTableError)) throw error;
    return html`${back}<h1>${name}</h1><p>${error.message}</p>`;
  }
}

function oneRow(row: RowExplanation, surface: Surface): Html {
  const { table, key, ends, owners, declaredBy, reason, since, graph, valuesUnknown } = row;
  return html`<h1>${table} ${ends === undefined ? String(key) : `${ends.from} → ${ends.to}`}</h1>
${reason === null ? html`<p>No object declares it.</p>` : html`<p>${owners} ${owners === 1 ? 'object declares' : 'objects declare'} it. The first wins: ${reason}.</p>`}
${row.isAbsent && html`<p>The winner declares that it is absent: it isn't in the graph.</p>`}
${valuesUnknown && html`<p class="bad">Which values the graph has isn't known: the winner's file could not be read.</p>`}
${since !== null && html`<p>As it is since <time datetime="${since.at}">${since.at}</time>.</p>`}
${declaredBy.length > 0 && ownersTable(declaredBy, surface)}
${
  graph === null
    ? html`<p>The database has nothing of it.</p>`
    : typeof graph === 'string'
      ? html`<p class="bad">${graph}</p>`
      : html`<h2>In the database</h2>
${graph.isStub && html`<p>A stub: only its key, for the edges that touch it.</p>`}
${graph.labels.length > 0 && html`<p>With the labels ${graph.labels.join(', ')}</p>`}
${graph.copies > 1 && html`<p>It is there ${graph.copies} times.</p>`}
${graph.unmanaged.length > 0 && html`<p>Not managed: ${graph.unmanaged.join(', ')}</p>`}
${graph.edges.length > 0 && [drawEdges(row, graph.edges, graph.isStub), edgesTable(graph.edges, surface)]}`
}`;
}

function ownersTable(owners: readonly OwnerExplanation[], surface: Surface): Html {
  return html`<div class="wide"><table><caption>Objects that declare it, in the order in which they win</caption><thead><tr><th scope="col">Object</th><th scope="col">Lines</th><th scope="col">Version</th><th scope="col">Put</th><th scope="col">Values</th></tr></thead><tbody>${owners.map(
    ({ object, lines, version, put, values = {}, labels = [] }) =>
      html`<tr><td>${surface.link(object, { view: 'object', object })}</td><td>${typeof lines === 'string' ? lines : lines.join(', ')}</td><td>${version}</td><td>${put !== undefined && html`<time datetime="${put}">${put}</time>`}</td><td>${labels.map(label => html`:${label}<br>`)}${Object.entries(values).map(([name, value]) => html`${name} = ${value}<br>`)}</td></tr>`,
  )}</tbody></table></div>`;
}

function edgesTable(edges: readonly GraphEdge[], surface: Surface): Html {
  return html`<div class="wide"><table><caption>Edges, at most ${EDGES}</caption><thead><tr><th scope="col">Edge</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Declared by</th></tr></thead><tbody>${edges.map(
    ({ type, from, to, declaredBy }) =>
      html`<tr><td>${type}</td><td>${nodeLink(from.label, from.key, surface)}</td><td>${nodeLink(to.label, to.key, surface)}</td><td>${declaredBy === null ? 'no object' : surface.link(declaredBy, { view: 'object', object: declaredBy })}</td></tr>`,
  )}</tbody></table></div>`;
}

function drawEdges({ table, key }: RowExplanation, edges: readonly GraphEdge[], isStub: boolean): Html {
  const { label = '' } = rowName(table);
  const idOf = (end: { readonly label: string; readonly key: unknown }) => `${end.label} ${typeof end.key} ${end.key}`;
  const middle = idOf({ label, key });
  const ends = [{ label, key }, ...edges.flatMap(({ from, to }) => [from, to])];
  const nodes = new Map(
    ends.map(end => {
      const id = idOf(end);
      return [id, { id, label: end.label, key: String(end.key), isStub: id === middle && isStub }];
    }),
  );
  const drawn = edges.map(({ from, to, type }) => ({ from: idOf(from), to: idOf(to), type }));
  return drawGraph(
    `${label} ${key} with ${edges.length} edges; the table below has them`,
    [...nodes.values()],
    drawn,
    middle,
  );
}

function nodeLink(label: string, key: unknown, surface: Surface): Html {
  return surface.link(`:${label} ${key}`, { view: 'row', name: label, key: String(key) });
}

/** Links to the explanation of a row. */
export function rowLink(
  { table, key, ends }: { readonly table: string; readonly key: unknown; readonly ends?: Ends },
  surface: Surface,
): Html {
  const { label, type = '' } = rowName(table);
  if (ends === undefined) return surface.link(String(key), { view: 'row', name: label ?? type, key: String(key) });
  const [from, to] = [String(ends.from), String(ends.to)];
  return surface.link(`${from} → ${to}`, { view: 'row', name: type, key: String(key), from, to });
}

/** Reads the names in a table's pattern: see `tablePattern`. */
export function rowName(pattern: string): {
  readonly label?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
} {
  const names = [...pattern.matchAll(/:(?:`([^`]*)`|(\w+))[)\]]/g)].map(([, quoted, plain = '']) => quoted ?? plain);
  const [first = '', type = '', to] = names;
  return to === undefined ? { label: first } : { from: first, type, to };
}

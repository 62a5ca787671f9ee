import type { Scope } from '../../scope.ts';
import { readRoot } from '../../state/read-root.ts';
import { EMPTY } from '../../state/tree.ts';
import { countOf } from '../../state/tree-node.ts';
import { describeHeldBack } from '../../sync/held-back.ts';
import type { CommittedBatch } from '../history.ts';
import { readObjects } from '../objects.ts';
import { STANDINGS, type StandingObject } from '../standing.ts';
import { type ScopeStatus, scopeStatus } from '../status.ts';
import { drawLine } from './graph-drawing.ts';
import { type Html, html } from './html.ts';
import type { Surface, View } from './view.ts';

/** Objects of one page. */
const PAGE_SIZE = 100;

/** Milliseconds for counting objects: of a large bucket the first part is counted, and the page says so. */
const COUNT_MS = 3_000;

/** Batches that are shown, and drawn. */
const BATCHES = 40;

/** Shows how far the scope is, and a page of its objects. @param deadLetters messages that nobody handled; null: there is no queue */
export async function statusView(
  scope: Scope,
  { prefix = '', after = '' }: View & { readonly view: 'status' },
  surface: Surface,
  deadLetters: number | null,
): Promise<Html> {
  const [status, page, tracked] = [
    await scopeStatus(scope, { prefix, deadline: Date.now() + COUNT_MS, batches: BATCHES }),
    await readObjects(scope, { prefix, after, limit: PAGE_SIZE }),
    await trackedObjects(scope),
  ];
  return html`<h1>${scope.name}</h1>
${overview(status, tracked, deadLetters)}
${surface.form('Show objects', 'status', [{ name: 'prefix', label: 'Key begins with', value: prefix }])}
${surface.form('Explain row', 'row', [
  { name: 'name', label: 'Label or type', value: '' },
  { name: 'key', label: 'Key', value: '' },
  { name: 'from', label: 'or from', value: '' },
  { name: 'to', label: 'to', value: '' },
])}
${openObjects(status, surface)}
${objectsTable(page.objects, surface)}
<p>${surface.link('Look again', { view: 'status', ...(prefix && { prefix }), ...(after && { after }) })}${
    page.next !== null && [' · ', surface.link('More objects', { view: 'status', prefix, after: page.next })]
  }</p>
${rowsTable(status)}
${batchesTable(status.batches)}`;
}

/** Counts the objects that the graph has rows of, by the root of their tree, which knows it. */
async function trackedObjects(scope: Scope): Promise<number> {
  const { objects } = await readRoot(scope, (await scope.head.read())?.root ?? EMPTY);
  const [node] = objects === EMPTY ? [] : await scope.nodes.stage().load([objects]);
  return node === undefined ? 0 : countOf(node);
}

function overview(
  { objects, settled, next, head, heldBack, lagMs, waitingMs }: ScopeStatus,
  tracked: number,
  dead: number | null,
): Html {
  const all = STANDINGS.reduce((sum, standing) => sum + objects[standing], 0);
  const done = all - objects.pending - objects.partly;
  const notes = [
    head.closed && 'The scope was torn down: nothing is applied.',
    head.otherDefinition && 'Another definition is in force than that of this flow.',
    head.resync && 'The database was restored or wiped; a resync must bring it back.',
    head.committing && 'A worker is committing.',
    heldBack !== null && `${describeHeldBack(heldBack)}. If that is right: graphdrop sync --confirm`,
    waitingMs !== null && `The first pending object waits for ${inSeconds(waitingMs)}.`,
    next !== null && `Counted up to ${next}; the graph has rows of ${tracked} objects.`,
  ].filter(note => note !== false);
  return html`<p>${settled ? html`<span class="good">Everything is in, or refused.</span>` : html`<label>Looked at: ${done} of ${all}${next !== null && ' or more'} <progress max="${all || 1}" value="${done}"></progress></label>`}</p>
<ul class="tiles">${STANDINGS.map(one => html`<li><b class="${objects[one] > 0 ? one : 'faint'}">${objects[one]}</b> ${one}</li>`)}
${lagMs !== null && html`<li><b>${inSeconds(lagMs.last)}</b> from put to commit</li>`}
${dead !== null && html`<li><b class="${dead > 0 ? 'bad' : 'faint'}">${dead}</b> dead letters</li>`}</ul>
${notes.map(note => html`<p>${note}</p>`)}`;
}

function openObjects({ open }: ScopeStatus, surface: Surface): Html {
  const refused = open.filter(({ reason }) => reason !== undefined);
  if (refused.length === 0) return html``;
  return html`<h2>Refused</h2>${refused.map(
    ({ key, standing, reason, lines = [] }) =>
      html`<p><span class="${standing}">${standing}</span> ${surface.link(key, { view: 'object', object: key })}</p><pre>${lines.length > 0 ? lines.join('\n') : reason}</pre>`,
  )}`;
}

function objectsTable(objects: readonly StandingObject[], surface: Surface): Html {
  if (objects.length === 0) return html`<h2>Objects</h2><p class="faint">None.</p>`;
  return html`<h2>Objects</h2><div class="wide"><table><caption>In the order of keys, ${PAGE_SIZE} at a time</caption>
<thead><tr><th scope="col">Key</th><th scope="col">Standing</th><th scope="col">Put</th></tr></thead><tbody>${objects.map(
    ({ key, standing, modified }) =>
      html`<tr><td>${surface.link(key, { view: 'object', object: key })}</td><td class="${standing}">${standing}</td><td>${modified !== undefined && timeOf(modified)}</td></tr>`,
  )}</tbody></table></div>`;
}

function rowsTable({ rows }: ScopeStatus): Html {
  return html`<h2>Rows in the graph</h2><div class="wide"><table><caption>By table</caption>
<thead><tr><th scope="col">Table</th><th scope="col" class="n">Rows</th></tr></thead><tbody>${Object.entries(rows).map(
    ([table, count]) => html`<tr><td>${table}</td><td class="n">${count}</td></tr>`,
  )}</tbody></table></div>`;
}

function batchesTable(batches: readonly CommittedBatch[]): Html {
  if (batches.length === 0) return html``;
  const lags = batches.flatMap(({ lagMs }) => lagMs ?? []).reverse();
  return html`<h2>Last batches</h2>
${lags.length > 1 && drawLine(`Seconds from put to commit over the last ${lags.length} batches, at most ${inSeconds(Math.max(...lags))}`, lags)}
<div class="wide"><table><caption>The newest first</caption><thead><tr><th scope="col">Time</th><th scope="col" class="n">Objects</th><th scope="col" class="n">Rows changed</th><th scope="col" class="n">From put to commit</th></tr></thead><tbody>${batches.map(
    ({ at, objects, rows, lagMs }) =>
      html`<tr><td>${timeOf(at)}</td><td class="n">${objects}</td><td class="n">${rows}</td><td class="n">${lagMs !== undefined && inSeconds(lagMs)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** Writes a time as people and programs read it. */
export function timeOf(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.replace('T', ' ').slice(0, 19)} UTC</time>`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

import type { Scope } from '../../scope.ts';
import { type DeclaredRow, explainObject } from '../explain-object.ts';
import { type DrawnEdge, type DrawnNode, drawGraph } from './graph-drawing.ts';
import { type Html, html } from './html.ts';
import { rowLink, rowName } from './row-view.ts';
import type { Surface, View } from './view.ts';

/** Rows of one page: their file is read for their lines. */
const PAGE_SIZE = 100;

/** Shows an object: its status, the graph that it declares, and its rows. @param deadline for reading the file */
export async function objectView(
  scope: Scope,
  { object, after = '' }: View & { readonly view: 'object' },
  surface: Surface,
  deadline: number,
): Promise<Html> {
  const found = await explainObject(scope, object, { limit: PAGE_SIZE, after, deadline });
  const { status, rows, declared, next, linesUnknown, source } = found;
  const lines = status?.lines ?? [];
  return html`<p>${surface.link('All objects', { view: 'status' })}</p><h1>${object}</h1>
<p>${source === null ? 'No source matches it.' : `Source ${source}.`} ${status === null ? 'It was never looked at.' : html`<span class="${status.state}">${status.state}</span> <time datetime="${status.at}">${status.at}</time>`}</p>
${status?.reason !== undefined && html`<pre>${lines.length > 0 ? lines.join('\n') : status.reason}</pre>`}
${rows === null ? html`<p>The graph has nothing of it.</p>` : html`<p>${rows} rows.${linesUnknown !== null && ` Their lines aren't known: ${linesUnknown}.`}</p>`}
${declared.length > 0 && [html`<h2>The graph that it declares</h2>`, drawRows(object, declared), rowsTable(object, declared, surface)]}
<p>${next !== null && surface.link('More rows', { view: 'object', object, after: next })}</p>`;
}

function rowsTable(object: string, declared: readonly DeclaredRow[], surface: Surface): Html {
  return html`<div class="wide"><table><caption>Rows, with the lines that declare them</caption><thead><tr><th scope="col">Table</th><th scope="col">Row</th><th scope="col">Lines</th><th scope="col">Values of</th></tr></thead><tbody>${declared.map(
    row =>
      html`<tr><td>${row.table}</td><td>${rowLink(row, surface)}</td><td>${row.lines.join(', ')}</td><td>${row.winner === object ? 'this object' : surface.link(row.winner, { view: 'object', object: row.winner })}${row.isAbsent && ' (absent)'}${row.valuesUnknown && ' (not known)'}</td></tr>`,
  )}</tbody></table></div>`;
}

function drawRows(object: string, declared: readonly DeclaredRow[]): Html {
  const nodes = new Map<string, DrawnNode>();
  const edges: DrawnEdge[] = [];
  const put = (label: string, key: unknown, isStub: boolean): string => {
    const id = `${label} ${typeof key} ${key}`;
    if (!isStub || !nodes.has(id)) nodes.set(id, { id, label, key: String(key), isStub });
    return id;
  };
  for (const { table, key, ends } of declared.filter(row => !row.isAbsent)) {
    const { label = '', type = '', from = '', to = '' } = rowName(table);
    if (ends === undefined) put(label, key, false);
    else edges.push({ from: put(from, ends.from, true), to: put(to, ends.to, true), type });
  }
  const count = `${nodes.size} nodes, ${edges.length} edges`;
  return drawGraph(`Graph of ${object}: ${count}; the table below has them`, [...nodes.values()], edges);
}

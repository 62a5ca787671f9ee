/** Draws a small graph as SVG. */
import { type Html, html } from './html.ts';

/** A node of a drawing. */
export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly key: string;
  /** Whether nothing that is shown declares it. */
  readonly isStub: boolean;
}

export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly type: string;
}

/** Nodes that are drawn; the table beside the drawing has more. */
const MAX_NODES = 24;

const WIDTH = 760;
const RADIUS = 13;

/** Draws nodes on a circle, and their edges; with a node in the middle, if one is given. */
export function drawGraph(
  title: string,
  nodes: readonly DrawnNode[],
  edges: readonly DrawnEdge[],
  middle?: string,
): Html {
  const shown = [...nodes].sort((a, b) => Number(b.id === middle) - Number(a.id === middle)).slice(0, MAX_NODES);
  const around = shown.filter(({ id }) => id !== middle);
  const height = around.length > 8 ? 520 : 340;
  const center = { x: WIDTH / 2, y: height / 2 };
  const places = new Map(
    around.map(({ id }, index) => {
      const angle = (2 * Math.PI * index) / around.length - Math.PI / 2;
      return [
        id,
        { x: center.x + Math.cos(angle) * (WIDTH / 2 - 130), y: center.y + Math.sin(angle) * (height / 2 - 75) },
      ];
    }),
  );
  if (middle !== undefined) places.set(middle, center);
  const drawn = edges.flatMap(edge => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    return from === undefined || to === undefined ? [] : [drawEdge(edge.type, from, to)];
  });
  const left = nodes.length - shown.length;
  return html`<svg role="img" aria-label="${title}" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<title>${title}</title>
<defs><marker id="graphdrop-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>
${drawn}${shown.map(node => drawNode(node, places.get(node.id) ?? center))}
</svg>${left > 0 && html`<p class="faint">${left} more nodes are not drawn.</p>`}`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function drawEdge(type: string, from: Point, to: Point): Html {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  if (length === 0) {
    const { x, y } = from;
    const loop = `M${at(x - 6)} ${at(y - RADIUS)}C${at(x - 40)} ${at(y - 55)} ${at(x + 40)} ${at(y - 55)} ${at(x + 6)} ${at(y - RADIUS)}`;
    return html`<path class="edge" d="${loop}" fill="none" marker-end="url(#graphdrop-tip)"/><text x="${at(x)}" y="${at(y - 48)}" text-anchor="middle">${short(type)}</text>`;
  }
  const [ux, uy] = [(dx / length) * (RADIUS + 2), (dy / length) * (RADIUS + 2)];
  return html`<line class="edge" x1="${at(from.x + ux)}" y1="${at(from.y + uy)}" x2="${at(to.x - ux)}" y2="${at(to.y - uy)}" marker-end="url(#graphdrop-tip)"/><text x="${at((from.x + to.x) / 2)}" y="${at((from.y + to.y) / 2 - 4)}" text-anchor="middle">${short(type)}</text>`;
}

function drawNode({ label, key, isStub }: DrawnNode, { x, y }: Point): Html {
  return html`<g><circle class="${isStub ? 'node stub' : 'node'}" cx="${at(x)}" cy="${at(y)}" r="${RADIUS}"/><text x="${at(x)}" y="${at(y + RADIUS + 13)}" text-anchor="middle">${short(`:${label} ${key}`)}</text></g>`;
}

function at(value: number): string {
  return value.toFixed(1);
}

function short(text: string): string {
  return text.length > 28 ? `${text.slice(0, 27)}…` : text;
}

/** Draws how values went over time, the oldest at the left. */
export function drawLine(title: string, values: readonly number[]): Html {
  const most = Math.max(...values, 1);
  const step = values.length > 1 ? 280 / (values.length - 1) : 0;
  const points = values.map((value, index) => `${at(10 + index * step)},${at(55 - (45 * value) / most)}`).join(' ');
  return html`<svg role="img" aria-label="${title}" viewBox="0 0 300 60" width="300" height="60"><title>${title}</title><polyline class="lag" points="${points}"/></svg>`;
}

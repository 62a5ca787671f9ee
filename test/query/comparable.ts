import type { QueryResponse } from './both-endpoints.ts';

/**
 * A response as it must be equal on both endpoints: numbers are compared as they are written (1 is not 1.0, all digits
 * count); ids are numbered by their first appearance, bookmarks counted, and sets (the nodes and relationships of a graph,
 * notifications) sorted.
 */
export function comparable({ status, type, body, left }: QueryResponse): object {
  return { status, type, body: comparableBody(body), left };
}

function comparableBody(body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body, (_key, item, context?: { readonly source?: string }) =>
      typeof item === 'number' ? `number ${context?.source}` : item,
    );
  } catch {
    return body;
  }
  const ids = new Map<unknown, string>();
  const number = (id: unknown): string => {
    const known = ids.get(id) ?? `#${ids.size + 1}`;
    ids.set(id, known);
    return known;
  };
  const walk = (item: unknown, key = ''): unknown => {
    if (Array.isArray(item)) {
      const sorted = ['nodes', 'relationships', 'notifications'].includes(key) ? item.toSorted(byContent) : item;
      return key === 'lastBookmarks' ? item.map(() => 'bookmark') : sorted.map(it => walk(it));
    }
    if (typeof item === 'object' && item !== null) {
      return Object.fromEntries(Object.entries(item).map(([name, it]) => [name, walk(it, name)]));
    }
    if (/elementId$/i.test(key)) return number(item);
    if (/^(id|startNode|endNode)$/.test(key)) return 'id';
    if (key === 'message') return String(item).replace(/\b(node|id|ownedIndex)([ (<=]*)\d+/gi, '$1$2N');
    return item;
  };
  return walk(value);
}

function byContent(a: unknown, b: unknown): number {
  const text = (item: unknown) => {
    const { labels, type, properties, code, description } = item as Record<string, unknown>;
    return JSON.stringify([labels, type, properties, code, description]);
  };
  return text(a) < text(b) ? -1 : 1;
}

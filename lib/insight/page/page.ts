import type { Scope } from '../../scope.ts';
import { type Html, html } from './html.ts';
import { objectView } from './object-view.ts';
import { rowView } from './row-view.ts';
import { statusView } from './status-view.ts';
import { STYLE } from './style.ts';
import type { Surface, View } from './view.ts';

/** What else the page shows, and how long it may take. */
export interface PageOptions {
  /** Messages that nothing could handle. Default: there is no queue. */
  readonly deadLetters?: number | null;
  /** Milliseconds for reading a file, and for asking the database. Default 5,000. */
  readonly readMs?: number;
}

/** Renders a view of the page, with its style, as one element. */
export async function renderView(scope: Scope, view: View, surface: Surface, options: PageOptions = {}): Promise<Html> {
  return frame(surface, await contentOf(scope, view, surface, options));
}

async function contentOf(
  scope: Scope,
  view: View,
  surface: Surface,
  { deadLetters = null, readMs = 5_000 }: PageOptions,
): Promise<Html> {
  const deadline = Date.now() + readMs;
  switch (view.view) {
    case 'status':
      return await statusView(scope, view, surface, deadLetters);
    case 'object':
      return await objectView(scope, view, surface, deadline);
    case 'row':
      return await rowView(scope, view, surface, deadline);
  }
}

/** Puts content into the page's element. */
export function frame({ theme }: Surface, content: Html): Html {
  return html`${STYLE}<main class="graphdrop"${theme !== null && html` data-theme="${theme}"`}>${content}</main>`;
}

/** Makes a whole document of an element. */
export function documentOf(title: string, element: Html): Html {
  return html`<!doctype html><html lang="en" style="color-scheme:light dark"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title></head><body style="margin:0">${element}</body></html>`;
}

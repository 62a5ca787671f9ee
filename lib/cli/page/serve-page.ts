import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { html } from '../../insight/page/html.ts';
import { documentOf, frame, renderView } from '../../insight/page/page.ts';
import { viewOf, WEB } from '../../insight/page/view.ts';
import type { Scope } from '../../scope.ts';

/** The page, served on this machine. */
export interface ServedPage {
  /** Where a browser finds it. */
  readonly url: string;
  close(): Promise<void>;
}

const BASE = 'http://127.0.0.1';

/** How the page is served. */
export interface ServeOptions {
  /** Default: any that is free. */
  readonly port?: number;
  /** Counts messages that nobody handled. Default: there is no queue. */
  readonly countDeadLetters?: () => Promise<number | null>;
}

/** Nothing is loaded, no script runs, and no other page may frame it. */
const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

/**
 * Serves the page of a scope to this machine alone.
 *
 * @param scope called for each request: a flow that is reloaded is another scope
 */
export async function servePage(scope: () => Scope | Promise<Scope>, options: ServeOptions = {}): Promise<ServedPage> {
  const { port = 0 } = options;
  const server = createServer((request, response) => void answer(scope, options, request, response));
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => await closed(server),
  };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>(done => void server.close(() => done()));
}

async function answer(
  scope: () => Scope | Promise<Scope>,
  { countDeadLetters }: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
) {
  // A page of the web whose name leads here may not read what is shown.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? ''))
    return end(response, 403, 'Ask for 127.0.0.1.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return end(response, 405, 'There is nothing to send here.');
  // Any page of the web may ask for any address here: `//` is none.
  const asked = URL.canParse(request.url ?? '/', BASE) ? new URL(request.url ?? '/', BASE) : undefined;
  if (asked?.pathname !== '/') return end(response, 404, 'There is only the page /.');
  try {
    const at = await scope();
    const view = viewOf(Object.fromEntries(asked.searchParams));
    const deadLetters = view.view === 'status' ? await countDeadLetters?.() : null;
    const content = await renderView(at, view, WEB, { deadLetters: deadLetters ?? null });
    response
      .writeHead(200, HEADERS)
      .end(request.method === 'HEAD' ? '' : documentOf(`graphdrop ${at.name}`, content).text);
  } catch (error) {
    end(response, 500, error instanceof Error ? error.message : String(error));
  }
}

function end(response: ServerResponse, status: number, message: string): void {
  const content = frame(WEB, html`<h1>graphdrop</h1><p>${message}</p>`);
  response.writeHead(status, HEADERS).end(documentOf('graphdrop', content).text);
}

/** Threat: a file name, a key, a value or a message that is HTML; a page that only a mouse can use, or that lists all there is. */
import { describe, expect, it } from 'vitest';
import { servePage } from '../../lib/cli/page/serve-page.ts';
import { drawGraph } from '../../lib/insight/page/graph-drawing.ts';
import { html, jsonContent } from '../../lib/insight/page/html.ts';
import { renderView } from '../../lib/insight/page/page.ts';
import { type View, viewOf, WEB, widgetSurface } from '../../lib/insight/page/view.ts';
import { hostileWorld, SCRIPT } from './hostile-world.ts';
import { TrackedWorld } from './tracked-world.ts';

/** Elements that the page's own code never makes, or attributes that run scripts. */
const FOREIGN = /<(script|img|iframe|object|embed)|<[^>]*\son\w+\s*=\s*["']?document/i;

describe('HTML', () => {
  it('takes what is put in for text, in elements and attributes', () => {
    expect(html`<a title="${'"<&>\''}">${['<b>', html`<i>${1n}</i>`, null, false, 7]}</a>`.text).toBe(
      '<a title="&quot;&lt;&amp;&gt;&#39;">&lt;b&gt;<i>1</i>7</a>',
    );
    expect(html`${'a\u0000\u202eb\ud800'}`.text).toBe('a\\u0000\\u202eb\ufffd');
    expect(jsonContent({ a: '</cwdb-action><script>' }).text).not.toMatch(/[<>]/);
    expect(JSON.parse(jsonContent({ a: '</x>&\u2028' }).text)).toEqual({ a: '</x>&\u2028' });
  });
});

describe('each view', () => {
  const surfaces = {
    web: WEB,
    widget: widgetSurface('arn:aws:lambda:eu-west-1:1:function:f', 'dark', { context: '<x>' }),
  };
  for (const [name, surface] of Object.entries(surfaces)) {
    it(`shows hostile names and messages as text, on the ${name}`, async () => {
      const world = await hostileWorld();
      const { list } = await objectsOf(world);
      const views: View[] = [
        { view: 'status' },
        { view: 'status', prefix: SCRIPT, after: SCRIPT },
        ...list.map(object => ({ view: 'object', object }) as const),
        { view: 'row', name: 'Person_w', key: SCRIPT },
        { view: 'row', name: SCRIPT, key: SCRIPT },
        { view: 'row', name: 'KNOWS_w', from: SCRIPT, to: 'ada' },
      ];
      for (const view of views) {
        const { text } = await renderView(world.scope, view, surface, { readMs: 200 });
        expect(text.replace(/<style>[^<]*<\/style>/, '')).not.toMatch(FOREIGN);
      }
      const { text } = await renderView(world.scope, { view: 'status' }, surface);
      expect(text).toContain('&lt;script&gt;');
      expect(text.includes('<cwdb-action')).toBe(name === 'widget');
    });
  }

  it('of the status has standings, reasons with lines, batches, the lag, and dead letters', async () => {
    const world = await hostileWorld();
    const { text } = await renderView(world.scope, { view: 'status' }, WEB, { deadLetters: 3 });
    expect(text).toContain('<b class="bad">3</b> dead letters');
    expect(text).toContain('bad.ndjson:1 name: ');
    expect(text).toMatch(/<b class="rejected">1<\/b> rejected/);
    expect(text).toContain('Seconds from put to commit over the last 3 batches');
    expect(text).toContain('Everything is in, or refused.');
  });

  it('of an object draws what it declares, and links to its rows', async () => {
    const world = await hostileWorld();
    const { text } = await renderView(world.scope, { view: 'object', object: 'knows/k.ndjson' }, WEB);
    expect(text).toContain('<title>Graph of knows/k.ndjson: 3 nodes, 3 edges; the table below has them</title>');
    expect(text.match(/class="node stub"/g)).toHaveLength(3);
    expect(text).toContain('view=row&amp;name=KNOWS_w');
  });

  it('of many objects shows a hundred at a time', async () => {
    const world = new TrackedWorld();
    for (let n = 0; n < 250; n += 1) world.put(`people/${String(n).padStart(3, '0')}.ndjson`, '');
    const first = (await renderView(world.scope, { view: 'status' }, WEB)).text;
    expect(first.match(/<td class="pending">/g)).toHaveLength(100);
    const link = /href="\/\?([^"]*)">More objects/.exec(first)?.[1]?.replaceAll('&amp;', '&');
    const next = viewOf(Object.fromEntries(new URLSearchParams(link)));
    expect(next).toEqual({ view: 'status', after: 'people/099.ndjson' });
    expect((await renderView(world.scope, next, WEB)).text).toContain('people/199.ndjson');
  });

  it('draws a bounded number of nodes', () => {
    const nodes = Array.from({ length: 500 }, (_, n) => ({ id: `${n}`, label: 'N', key: `${n}`, isStub: false }));
    const { text } = drawGraph('many', nodes, []);
    expect(text.match(/<circle/g)).toHaveLength(24);
    expect(text).toContain('476 more nodes are not drawn.');
  });
});

describe('the server', () => {
  it('serves the page to this machine, and nothing else', async () => {
    const world = await hostileWorld();
    const page = await servePage(() => world.scope);
    try {
      const good = await fetch(`${page.url}?view=object&object=knows%2Fk.ndjson`);
      expect(good.status).toBe(200);
      expect(good.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await good.text()).toMatch(/^<!doctype html><html lang="en"/);
      expect((await fetch(`${page.url}other`)).status).toBe(404);
      expect((await fetch(page.url, { method: 'POST' })).status).toBe(405);
      const port = new URL(page.url).port;
      expect(await statusFor(Number(port), 'rebound.example')).toBe(403);
      // Any page of the web can ask for these, and must not end the process so.
      for (const path of ['//', '///x', 'http://', '/\\', '*', '?view=object&object=%ff%00'])
        expect(await statusFor(Number(port), '127.0.0.1', path), path).toBeLessThan(500);
      expect((await fetch(page.url)).status).toBe(200);
    } finally {
      await page.close();
    }
  });

  it('says why it can show nothing', async () => {
    const page = await servePage(() => {
      throw new Error('<b>no state</b>');
    });
    try {
      const answer = await fetch(page.url);
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain('&lt;b&gt;no state&lt;/b&gt;');
    } finally {
      await page.close();
    }
  });
});

async function objectsOf({ objects }: TrackedWorld) {
  return { list: (await objects.list('', 100)).objects.map(({ key }) => key) };
}

/** Asks with a host name, or a path, that fetch doesn't let be set. */
async function statusFor(port: number, host: string, path = '/'): Promise<number> {
  const { request } = await import('node:http');
  return await new Promise((done, failed) => {
    request({ port, host: '127.0.0.1', path, headers: { host } }, answer => {
      answer.resume();
      done(answer.statusCode ?? 0);
    })
      .on('error', failed)
      .end();
  });
}

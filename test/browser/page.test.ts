/** Threat: in a real browser a file name runs as a script, a page can't be used by keyboard or read in the dark, or takes seconds. */
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedPage, servePage } from '../../lib/cli/page/serve-page.ts';
import { hostileWorld, SCRIPT } from '../insight/hostile-world.ts';
import { TrackedWorld } from '../insight/tracked-world.ts';
import { startChromium } from './chromium.ts';

/** Where screenshots are kept, to be looked at. */
const SCREENSHOTS = join(import.meta.dirname, '..', '..', '.cache', 'screenshots');

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
  await mkdir(SCREENSHOTS, { recursive: true });
});
afterAll(async () => await browser?.close());

async function served<T>(world: TrackedWorld, work: (page: Page, at: ServedPage) => Promise<T>): Promise<T> {
  const server = await servePage(() => world.scope);
  const page = await browser.newPage();
  try {
    await page.setViewport({ width: 1100, height: 900 });
    return await work(page, server);
  } finally {
    await page.close();
    await server.close();
  }
}

/** What axe finds wrong; it is run by the browser itself, since the page's policy allows no script of its own. */
async function faultsOf(page: Page): Promise<string[]> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(axe);
  const results = (await page.evaluate('axe.run()')) as AxeResults;
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('in Chromium', () => {
  it('nothing in names, keys, values or messages runs, and all of it can be followed', async () => {
    const world = await hostileWorld();
    await served(world, async (page, { url }) => {
      const dialogs: string[] = [];
      page.on('dialog', dialog => void dialogs.push(dialog.message()));
      const open = [url, `${url}?${new URLSearchParams({ view: 'row', name: 'Person_w', key: SCRIPT })}`];
      const seen = new Set<string>();
      while (open.length > 0 && seen.size < 12) {
        const address = open.shift() as string;
        if (seen.has(address)) continue;
        seen.add(address);
        await page.goto(address);
        expect(await page.title()).toBe(`graphdrop ${world.scope.name}`);
        expect(await page.$$eval('script,img,iframe', found => found.length)).toBe(0);
        open.push(...(await page.$$eval('a', links => links.map(({ href }) => href))));
      }
      expect(seen.size).toBeGreaterThan(6);
      expect(dialogs).toEqual([]);
    });
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`has no fault that axe knows, ${scheme}`, async () => {
      const world = await hostileWorld();
      await served(world, async (page, { url }) => {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        for (const [name, query] of Object.entries({
          status: '',
          object: '?view=object&object=knows/k.ndjson',
          row: '?view=row&name=Person_w&key=ada',
        })) {
          await page.goto(url + query);
          await page.screenshot({ path: join(SCREENSHOTS, `${name}-${scheme}.png`), fullPage: true });
          expect(await faultsOf(page)).toEqual([]);
        }
      });
    });
  }

  it('is used by keyboard: a form is filled in and sent, and leads to the row', async () => {
    const world = await hostileWorld();
    await served(world, async (page, { url }) => {
      await page.goto(url);
      await page.focus('input[name=name]');
      await page.keyboard.type('Person_w');
      await page.keyboard.press('Tab');
      await page.keyboard.type('ada');
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      expect(await page.$eval('h1', ({ textContent }) => textContent)).toBe('(:Person_w) ada');
    });
  });

  it('is read on a narrow screen without moving sideways', async () => {
    const world = await hostileWorld();
    await served(world, async (page, { url }) => {
      await page.setViewport({ width: 360, height: 740 });
      await page.goto(`${url}?view=object&object=knows/k.ndjson`);
      const [inner, outer] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
        number,
        number,
      ];
      expect(inner).toBeLessThanOrEqual(outer);
    });
  });

  it('of 100,000 objects shows a hundred, and is as small as that of a thousand', async () => {
    const sizes: number[] = [];
    for (const count of [1_000, 100_000]) {
      const world = new TrackedWorld();
      for (let n = 0; n < count; n += 1) world.put(`people/${String(n).padStart(6, '0')}.ndjson`, '');
      await served(world, async (page, { url }) => {
        await page.goto(`${url}?view=status&after=people/000500.ndjson`);
        expect(await page.$$eval('td.pending', cells => cells.length)).toBe(100);
        sizes.push((await page.content()).length);
      });
    }
    expect(sizes[1] ?? 0).toBeLessThan(1.1 * (sizes[0] ?? 0));
  });
});

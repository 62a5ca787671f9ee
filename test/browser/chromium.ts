import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, launch } from 'puppeteer-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Starts a real Chromium without a window. @throws where there is none: a suite that needs one must not be left out in silence */
export async function startChromium(): Promise<Browser> {
  // As root, in a container, Chromium's sandbox can't be made; what is looked at is our own page.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return await launch({ executablePath: findChromium(), args: [...args, '--force-color-profile=srgb'] });
}

function findChromium(): string {
  const given = process.env.CHROMIUM;
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new Error(`CHROMIUM is ${given}, and there is no such file`);
  }
  for (const name of NAMES) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      // Not under this name.
    }
  }
  throw new Error(
    `no Chromium is installed (looked for ${NAMES.join(', ')}): apt-get install chromium, or set CHROMIUM to a browser's path`,
  );
}

/** `make pictures`: makes the screenshots of docs/report.md from made-up incidents. Look at them before a release. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { startBrowser } from './browser.ts';
import { openPage, type Screen } from './page.ts';

interface Picture extends Screen {
  scenario: string;
  /** The page as on paper. */
  isPrint?: boolean;
}

const PHONE = { width: 390, height: 844 };
const PICTURES: Readonly<Record<string, Picture>> = {
  rollout: { scenario: 'rollout' },
  'bad-day': { scenario: 'bad-day', height: 1250 },
  'bad-day-dark': { scenario: 'bad-day', height: 1250, colorScheme: 'dark' },
  'node-loss-phone': { scenario: 'node-loss', ...PHONE },
  'keep-alive-race-dark': { scenario: 'keep-alive-race', colorScheme: 'dark' },
  'oom-kill-print': { scenario: 'oom-kill', isPrint: true, width: 794, height: 1123 },
};
const QUALITY = 80;

const folder = join(ROOT, 'docs', 'picture');
mkdirSync(folder, { recursive: true });
const pages = new Map<string, string>();

/** Returns the page of a scenario, made by the program. */
async function pageOf(scenario: string): Promise<string> {
  const cwd = freshFolder();
  expectStatus(await cli(['simulate', '--scenario', scenario, '--out', 'incident'], { cwd }), 0);
  const loaded = await cli(['load', 'incident/logs', 'incident/evidence', '-q'], { cwd, timeout: 120_000 });
  // A source that tells nothing of this incident is said with 4.
  expectStatus(loaded, loaded.status === 4 ? 4 : 0);
  expectStatus(await cli(['report', '--out', 'incident.html'], { cwd }), 0);
  return readFileSync(join(cwd, 'incident.html'), 'utf8');
}

const browser = await startBrowser();
for (const [name, { scenario, isPrint, ...screen }] of Object.entries(PICTURES)) {
  const html = pages.get(scenario) ?? (await pageOf(scenario));
  pages.set(scenario, html);
  const { page } = await openPage(browser, html, screen);
  if (isPrint) await page.emulateMedia({ media: 'print' });
  const client = await page.context().newCDPSession(page);
  const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  const bytes = Buffer.from(data, 'base64');
  writeFileSync(join(folder, `${name}.webp`), bytes);
  console.log(`docs/picture/${name}.webp: ${Math.round(bytes.length / 1024)} KiB`);
  await page.close();
}
await browser.close();

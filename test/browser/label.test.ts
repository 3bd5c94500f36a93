/** Plays 50 made-up incidents of all kinds of target, and measures the labels and marks of their pages in a browser. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { EVIDENCE_SETS, FAMILIES, incidents, kindNames } from '../../bench/accuracy/grid.ts';
import { load } from '../../bench/accuracy/world.ts';
import { bytesOf } from '../../src/command/scenario.ts';
import { simulate } from '../../src/simulate/simulate.ts';
import { writeSimulation } from '../../src/simulate/write/simulation.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';
import { startBrowser } from './browser.ts';
import { measureLabels, openPage } from './page.ts';

/** Some are quiet: of 60 at least 50 have pictures. INCIDENTS=15 plays fewer. */
const INCIDENTS = Number(process.env.INCIDENTS ?? 60);
const ALL = incidents(1, FAMILIES.flatMap(kindNames));
const CHOSEN = Array.from({ length: INCIDENTS }, (_, i) => ALL[Math.floor((i * ALL.length) / INCIDENTS)]!);

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

/** Returns the page of an incident, with the fullest evidence of its kind of target. */
async function pageOf({ scenario, seed }: (typeof ALL)[number]): Promise<string> {
  const folder = freshFolder();
  for (const file of writeSimulation(simulate(scenario, seed)).files) {
    mkdirSync(dirname(join(folder, file.path)), { recursive: true });
    writeFileSync(join(folder, file.path), bytesOf(file));
  }
  const set = Object.values(EVIDENCE_SETS).find(({ family }) => family === scenario.targets)!;
  const db = join(folder, 'incident.duckdb');
  const evidence = set.folders.map((kind) => join(folder, 'evidence', kind)).filter(existsSync);
  await load([join(folder, 'logs'), ...evidence], db, folder);
  expectStatus(await cli(['report', '--db', db, '--out', 'incident.html'], { cwd: folder }), 0);
  return readFileSync(join(folder, 'incident.html'), 'utf8');
}

let pictures = 0;
let seen = 0;
for (const incident of CHOSEN) {
  test(`labels of ${incident.id} (${incident.kind}) keep apart and inside`, async () => {
    const html = await pageOf(incident);
    const { page, messages } = await openPage(browser, html);
    if (!html.includes('class="board"')) {
      // Some are quiet: nothing failed.
      assert.match((await page.locator('h1').textContent()) ?? '', /^(?:No|None|0) /);
      return;
    }
    pictures++;
    await page.evaluate("for (const group of document.querySelectorAll('details')) group.open = true");
    const check = async (when: string) => {
      const { faults, labels, marks } = await measureLabels(page);
      assert.deepEqual(faults, [], when);
      assert.ok(labels > 0 && marks > 0, `${when}: ${labels} labels and ${marks} marks`);
      seen += labels;
    };
    await check('at first');
    const spans = page.locator('select[data-by="span"] option:not([value=""])');
    for (const option of (await spans.all()).slice(0, 2)) {
      await page.locator('select[data-by="span"]').selectOption((await option.getAttribute('value'))!);
      await check('zoomed');
    }
    await page.locator('button[data-do="all"]').click();
    await page.setViewportSize({ width: 390, height: 844 });
    await check('on a phone');
    assert.deepEqual(messages, []);
    await page.close();
  });
}

test('five pages of six had pictures, with labels to measure', () => {
  assert.ok(pictures >= Math.floor((INCIDENTS * 5) / 6), `${pictures} pictures`);
  assert.ok(seen > 100 * pictures, `${seen} labels`);
});

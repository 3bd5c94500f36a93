/** Tests the report in a real browser: it zooms and filters, it prints, and the picture is right. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { incidentHtml } from '../../src/report/incident-html.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { incidentOf } from '../report/incident.ts';
import { startBrowser } from './browser.ts';
import { openPage, pagesOf, sha256 } from './page.ts';

let browser: Browser;
/** The page of the scenario bad-day: two rollouts, a scale-in, a crash and a security group. */
let badDay: string;
before(async () => {
  browser = await startBrowser();
  const cwd = freshFolder();
  expectStatus(await cli(['simulate', '--scenario', 'bad-day', '--out', 'day'], { cwd }), 0);
  // What nobody reads is said with exit code 4.
  expectStatus(await cli(['load', 'day/logs', 'day/evidence', '-q'], { cwd, timeout: 120_000 }), 0);
  expectStatus(await cli(['report', '--out', 'incident.html'], { cwd }), 0);
  badDay = readFileSync(join(cwd, 'incident.html'), 'utf8');
});
after(() => browser?.close());

const pageOf = (failures: number, targets: number, hostile = ''): string =>
  incidentHtml(incidentOf(failures, targets, hostile), '1.0.0', sha256);

test('a mark says its failures when it is hovered, and arrows move between marks and lanes', async () => {
  const { page } = await openPage(browser, pageOf(4, 2));
  const said = page.locator('#said');
  await page.locator('.lane .m').first().hover({ force: true });
  assert.match(
    (await said.textContent()) ?? '',
    /cart-6d5f8c7b9d-0, 10\.0\.0\.1:8080: \d at 14:00:20.*connect_timeout/,
  );
  await page.locator('.rows').focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  assert.match((await said.textContent()) ?? '', /cart-6d5f8c7b9d-1, 10\.0\.0\.2:8080: .*closed_in_flight/);
  await page.close();
});

test('the picture shows the gap: the life ends, the registration goes on, the requests come after', async () => {
  const { page } = await openPage(browser, pageOf(6, 1));
  const box = async (selector: string) => (await page.locator(`.lane ${selector}`).first().boundingBox())!;
  const [ready, terminating, registered, draining, mark] = [
    await box('.ready'),
    await box('.terminating'),
    await box('.registered'),
    await box('.draining'),
    await box('.m'),
  ];
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 12, `${a} is not near ${b}`);
  assert.ok(ready.x + ready.width <= terminating.x + 1, 'ready before terminating');
  near(registered.x + registered.width, draining.x);
  assert.ok(mark.x >= terminating.x + terminating.width - 6, 'routed after the pod had gone');
  assert.ok(mark.x < draining.x + draining.width, 'while the target was draining');
  assert.ok(mark.y + mark.height <= ready.y + 1 && ready.y + ready.height <= registered.y, 'marks, life, registration');
  await page.close();
});

test('everything of a scene stands on one axis: the overview, its bands and the lanes', async () => {
  const { page } = await openPage(browser, badDay);
  const widths = (await page.evaluate(
    "[...document.querySelectorAll('.board .row > svg')].map((svg) => svg.getBoundingClientRect()).filter((box) => box.width > 0).map((box) => box.left.toFixed(1) + ' ' + box.width.toFixed(1))",
  )) as string[];
  assert.ok(widths.length > 20);
  assert.equal(new Set(widths).size, 1, [...new Set(widths)].join(', '));
  const first = (await page.locator('.board .row').nth(1).boundingBox())!;
  assert.ok(first.y < 700, `the overview begins ${first.y} px down`);
  await page.close();
});

test('a colour is one cause everywhere, and lives are grey', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await openPage(browser, badDay, { colorScheme });
    const found = (await page.evaluate(`(() => {
      const colors = {};
      for (const one of document.querySelectorAll('[class*="c-"]')) {
        const cause = [...one.classList].find((name) => name.startsWith('c-'));
        if (!one.closest('svg') || one.matches('svg')) continue;
        const style = getComputedStyle(one);
        const color = one.classList.contains('tail') ? style.stroke : style.fill;
        (colors[cause] ??= new Set()).add(color);
      }
      return Object.fromEntries(Object.entries(colors).map(([cause, set]) => [cause, [...set]]));
    })()`)) as Record<string, string[]>;
    assert.ok(Object.keys(found).length >= 4, JSON.stringify(found));
    for (const [cause, colors] of Object.entries(found))
      assert.equal(colors.length, 1, `${cause}: ${colors.join(', ')}`);
    assert.equal(new Set(Object.values(found).flat()).size, Object.keys(found).length);
    await page.close();
  }
});

test('three things happened in three sections, each with its cause and its fix; the headline says the same', async () => {
  const { page } = await openPage(browser, badDay);
  const titles = await page.locator('.happening h3').allTextContents();
  assert.equal(titles.filter((title) => /Rollout of shop\/shop to /.test(title)).length, 2, titles.join('; '));
  assert.ok(
    titles.some((title) => /could not be reached/.test(title)),
    titles.join('; '),
  );
  for (const section of await page.locator('.happening').all()) {
    assert.match((await section.textContent()) ?? '', /failures at \d+ targets?[\s\S]*Cause: \S[\s\S]*Fix: \S/);
  }
  const counts = (await page.locator('.happening .faint').allTextContents()).map((text) =>
    Number(/(\d+) failures/.exec(text)![1]),
  );
  const whole = Number(/^\d+/.exec((await page.locator('h1').textContent())!)![0]);
  assert.equal(
    counts.reduce((sum, n) => sum + n),
    whole,
    'the sections add up to the headline',
  );
  const listed = await page.locator('.answer li .mark').allTextContents();
  assert.deepEqual(listed, ['1', '2', '3', '4']);
  await page.close();
});

/** Returns the numbers of the marks of open lanes, added up from their texts. */
const failuresShown = (page: Page, where = '.lane'): Promise<number> =>
  page.evaluate(
    `[...document.querySelectorAll('${where} .m title')].filter((title) => title.closest('.row').getBoundingClientRect().width > 0).reduce((sum, title) => sum + Number(/^\\d+/.exec(title.textContent)[0]), 0)`,
  );

test('it zooms, pans, filters by cause and path, searches and sorts', async () => {
  const { page, messages } = await openPage(browser, badDay);
  const whole = await failuresShown(page);
  assert.ok(whole > 2000);
  const marks = await page.locator('.lane .m').count();
  const tick = () => page.locator('.axis .tick').first().textContent();
  const before = await tick();
  await page.locator('select[data-by="span"]').selectOption({ index: 1 });
  assert.notEqual(await tick(), before);
  const zoomed = await failuresShown(page);
  assert.ok(zoomed > 0 && zoomed < whole);
  await page.locator('button[data-do="in"]').click();
  await page.locator('button[data-do="in"]').click();
  const parts = await tick();
  await page.locator('button[data-do="right"]').click();
  assert.notEqual(await tick(), parts);
  await page.locator('button[data-do="all"]').click();
  assert.equal(await tick(), before);
  assert.equal(await failuresShown(page), whole);
  assert.equal(await page.locator('.lane .m').count(), marks, 'the whole window is drawn as at first');

  await page.locator('select[data-by="cause"]').selectOption('killed_in_flight');
  assert.equal(await failuresShown(page), 7);
  assert.equal(await failuresShown(page, '.strip'), 7);
  await page.locator('select[data-by="cause"]').selectOption('');
  await page.locator('select[data-by="path"]').selectOption('/search');
  const searched = await failuresShown(page);
  assert.ok(searched > 0 && searched < whole / 2, `${searched}`);
  await page.locator('select[data-by="path"]').selectOption('');

  const lanes = page.locator('.lane:visible');
  const name = (await lanes.first().locator('b').getAttribute('title'))!;
  const target = page.locator('input[data-by="target"]');
  const names = await page
    .locator('#targets option')
    .evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value));
  assert.ok(names.includes(name), 'the browser completes names of targets');
  assert.ok(
    names.some((one) => /^\d+\.\d+\.\d+\.\d+:\d+$/.test(one)),
    'and addresses',
  );
  assert.equal(new Set(names).size, names.length);
  await target.focus();
  await page.keyboard.type(name);
  assert.equal(await lanes.count(), 1);
  await page.locator('.failures > summary').click();
  const rows = await page.locator('.failures tbody tr:visible').allTextContents();
  assert.ok(rows.length > 0 && rows.every((row) => row.includes(name)), `${rows.length} rows`);
  const own = Number(/(\d+) failed/.exec((await lanes.first().locator('svg').getAttribute('aria-label'))!)![1]);
  assert.equal(await failuresShown(page, '.strip'), own, 'groups show only the failures of the chosen target');
  await target.fill('');
  await page.locator('input[data-by="text"]').fill(name);
  assert.equal(await lanes.count(), 1);
  await page.locator('input[data-by="text"]').fill('');
  assert.equal(await failuresShown(page, '.strip'), whole);
  await page.locator('.failures th button', { hasText: 'late by s' }).click();
  const column = await page.locator('.failures tbody tr').evaluateAll((all) =>
    all.flatMap((row) => {
      const { children } = row as unknown as { children: { className: string; textContent: string }[] };
      return [...children]
        .filter(({ className }) => className === 'n')
        .slice(-1)
        .map(({ textContent }) => Number(textContent));
    }),
  );
  assert.ok(column.length > 10);
  assert.deepEqual(messages, []);
  await page.close();
});

test('without its script the page is whole: every failure is in a mark, no control is there', async () => {
  const { page } = await openPage(browser, badDay, { script: false });
  assert.equal(await page.locator('.tools').isVisible(), false);
  const shown = (await page.locator('.lane .m title').allTextContents()).map((text) => Number(/^\d+/.exec(text)![0]));
  assert.equal(
    shown.reduce((sum, n) => sum + n),
    Number(/^\d+/.exec((await page.locator('h1').textContent())!)![0]),
  );
  assert.equal(await page.locator('.strip .n').first().isVisible(), true);
  await page.close();
});

test('Tab stops at the picture once, not at each of 2,000 marks', async () => {
  const { page } = await openPage(browser, badDay);
  const stops = (await page.evaluate(
    "[...document.querySelectorAll('button, select, input, summary, [tabindex]')].filter((one) => one.tabIndex >= 0 && one.checkVisibility()).length",
  )) as number;
  assert.ok(stops < 40, `${stops} stops`);
  await page.close();
});

test('it is readable in the dark, and on a phone, where names stay beside their lanes', async () => {
  const { page } = await openPage(browser, badDay, { colorScheme: 'dark', width: 390 });
  const color = (property: string) => page.evaluate(`getComputedStyle(document.body).${property}`);
  assert.equal(await color('backgroundColor'), 'rgb(21, 27, 34)');
  assert.equal(await color('color'), 'rgb(228, 233, 238)');
  await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
  const wide = 'document.documentElement.scrollWidth <= window.innerWidth';
  assert.equal(await page.evaluate(wide), true, 'no sideways scroll');
  const who = page.locator('.lane .who').first();
  const before = (await who.boundingBox())!.x;
  await page.locator('.board').evaluate((board) => {
    (board as unknown as { scrollLeft: number }).scrollLeft = 300;
  });
  assert.ok(Math.abs((await who.boundingBox())!.x - before) <= 1, 'the name stays');
  await page.close();
});

test('tables fit their page: no address is broken, and a click shows a long text whole', async () => {
  const { page } = await openPage(browser, badDay);
  await page.evaluate("for (const one of document.querySelectorAll('.fold')) one.open = true");
  const wide = (await page.evaluate(
    "[...document.querySelectorAll('.fold .scroll')].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.parentNode.querySelector('b').textContent + ' ' + one.scrollWidth)",
  )) as string[];
  assert.deepEqual(wide, []);
  const cell = page.locator('.failures td', { hasText: /^\d+\.\d+\.\d+\.\d+:\d+$/ }).first();
  assert.ok((await cell.boundingBox())!.height < 30, 'an address is on one line');
  const long = page.locator('.failures td.long').first();
  const before = (await long.boundingBox())!.height;
  assert.ok(before < 30, 'a long text is on one line');
  await long.click();
  assert.ok((await long.boundingBox())!.height > before);
  await page.close();
});

test('on paper it is at most four pages, with tables folded to their heads', async () => {
  const { page } = await openPage(browser, badDay);
  const pages = pagesOf(await page.pdf({ format: 'A4' }));
  assert.ok(pages >= 1 && pages <= 4, `${pages} pages`);
  await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
  const open = pagesOf(await page.pdf({ format: 'A4' }));
  assert.ok(open <= 4, `${open} pages with all tables open`);
  await page.close();
});

test('the page of the samples, made by the program, names the pod of the recorded incident', async () => {
  const cwd = freshFolder();
  const samples = join(ROOT, 'samples');
  const load = ['load', join(samples, 'recorded-incident'), '--timezone', '+08:00', '-q'];
  expectStatus(await cli(load, { cwd }), 0);
  expectStatus(await cli(['report', '--out', 'incident.html'], { cwd }), 0);
  const { page } = await openPage(browser, readFileSync(join(cwd, 'incident.html'), 'utf8'));
  assert.match((await page.locator('.board').textContent()) ?? '', /jiameng-api-dev-7cf849584f-kh7vk/);
  assert.match((await page.locator('h1').textContent()) ?? '', /^1 request failed within 10 s/);
  await page.close();
});

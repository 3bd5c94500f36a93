/** Tests the report in a real browser: nothing from data runs or leaves the page, it prints, and the picture is right. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { incidentHtml } from '../../src/report/incident-html.ts';
import { cli, expectStatus, freshFolder, ROOT } from '../cli.ts';
import { incidentOf } from '../report/incident.ts';
import { startBrowser } from './browser.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');

/** Texts that an attacker may put into any field of a log. */
const ATTACKS = [
  '<script>window.hit=1</script>',
  '</title></script></style><script>window.hit=1</script>',
  '"><img src=x onerror="window.hit=1">',
  "' onmouseover='window.hit=1' autofocus onfocus='window.hit=1' x='",
  '<svg onload="window.hit=1"><animate onbegin="window.hit=1" attributeName="x"/></svg>',
  '</svg><iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
  '<style>@import url(http://127.0.0.1:9/x.css); body{display:none}</style>',
  '<link rel=stylesheet href="http://127.0.0.1:9/x.css"><meta http-equiv=refresh content="0;url=http://127.0.0.1:9/">',
  'javascript:window.hit=1',
  '\u202e\u2066\u200b\x00\x1b[2J\x7f',
  `Mozilla/5.0 ${'A'.repeat(8000)}`,
];

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

interface Opened {
  page: Page;
  /** All network requests of the page, and all messages of its console. */
  requests: string[];
  messages: string[];
}

async function open(html: string, options: { colorScheme?: 'light' | 'dark'; width?: number } = {}): Promise<Opened> {
  const path = join(freshFolder(), 'incident.html');
  writeFileSync(path, html);
  const page = await browser.newPage({
    colorScheme: options.colorScheme ?? 'light',
    viewport: { width: options.width ?? 1150, height: 900 },
  });
  const opened: Opened = { page, requests: [], messages: [] };
  const own = pathToFileURL(path).href;
  page.on('request', (request) => {
    if (request.url() !== own) opened.requests.push(request.url());
  });
  page.on('console', (message) => opened.messages.push(message.text()));
  page.on('pageerror', (error) => opened.messages.push(error.message));
  page.on('dialog', (dialog) => {
    opened.messages.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(own);
  return opened;
}

for (const attack of ATTACKS) {
  test(`nothing runs and nothing leaves: ${JSON.stringify(attack.slice(0, 50))}`, async () => {
    const { page, requests, messages } = await open(incidentHtml(incidentOf(12, 3, attack), '1.0.0', sha256));
    for (const mark of await page.locator('.mark').all()) await mark.focus();
    await page.locator('.mark').first().hover({ force: true });
    await page.locator('summary').first().click();
    assert.equal(await page.evaluate('window.hit'), undefined);
    assert.deepEqual(requests, []);
    assert.deepEqual(messages, []);
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.locator('img, iframe, link, object, embed, form, a').count(), 0);
    assert.equal(await page.locator('main').isVisible(), true);
    await page.close();
  });
}

test('a mark says its request when it is hovered and when it is focused', async () => {
  const { page } = await open(incidentHtml(incidentOf(4, 2), '1.0.0', sha256));
  const said = page.locator('#said');
  await page.locator('.mark').nth(1).focus();
  assert.match((await said.textContent()) ?? '', /connect_timeout|closed_in_flight.*after deletion/);
  await page.locator('.mark').first().dispatchEvent('mouseover');
  assert.match((await said.textContent()) ?? '', /14:00:20\.000 UTC 504 connect_timeout/);
  await page.close();
});

test('the picture shows the gap: the life ends, the registration goes on, the requests come after', async () => {
  const { page } = await open(incidentHtml(incidentOf(6, 1), '1.0.0', sha256));
  const box = async (selector: string, n = 0) => (await page.locator(`svg.picture ${selector}`).nth(n).boundingBox())!;
  const [ready, terminating, registered, draining] = [
    await box('.lane .ready'),
    await box('.lane .terminating'),
    await box('.lane .registered'),
    await box('.lane .draining'),
  ];
  const mark = await box('.mark');
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 12, `${a} is not near ${b}`);
  assert.ok(ready.x + ready.width <= terminating.x + 1, 'ready before terminating');
  near(registered.x + registered.width, draining.x);
  assert.ok(mark.x >= terminating.x + terminating.width - 2, 'routed after the pod had gone');
  assert.ok(mark.x < draining.x + draining.width, 'while the target was draining');
  assert.ok(registered.y + registered.height <= ready.y, 'the registration is over the life');
  const lane = await box('.lane');
  assert.ok(mark.y >= lane.y && mark.y + mark.height <= lane.y + lane.height, 'a mark stays in its lane');
  await page.close();
});

test('it is readable in the dark, on a phone and on paper', async () => {
  const { page } = await open(incidentHtml(incidentOf(30, 6), '1.0.0', sha256), { colorScheme: 'dark', width: 390 });
  const color = (property: string) => page.evaluate(`getComputedStyle(document.body).${property}`);
  assert.equal(await color('backgroundColor'), 'rgb(21, 27, 34)');
  assert.equal(await color('color'), 'rgb(228, 233, 238)');
  assert.equal(
    await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'),
    true,
    'no sideways scroll',
  );
  const pdf = await page.pdf({ format: 'A4' });
  assert.ok(pdf.length > 10_000 && pdf.subarray(0, 5).toString() === '%PDF-');
  await page.close();
});

test('ten thousand failures open in under two seconds', async () => {
  const html = incidentHtml(incidentOf(10_000, 200), '1.0.0', sha256);
  assert.ok(html.length < 5e6, `${html.length} bytes`);
  const { page, messages } = await open(html);
  assert.equal(await page.locator('.mark').count(), 10_000);
  const opened = (await page.evaluate(
    "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd",
  )) as number;
  console.log(`# 10,000 failures: ${(html.length / 1e6).toFixed(1)} MB, ${Math.round(opened)} ms to DOMContentLoaded`);
  assert.deepEqual(messages, []);
  await page.close();
});

test('the page of the samples, made by the program, names the pod of the recorded incident', async () => {
  const cwd = freshFolder();
  const samples = join(ROOT, 'samples');
  const load = ['load', join(samples, 'recorded-incident'), '--timezone', '+08:00', '-q'];
  expectStatus(await cli(load, { cwd }), 0);
  expectStatus(await cli(['report', '--out', 'incident.html'], { cwd }), 0);
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(cwd, 'incident.html')).href);
  assert.match((await page.locator('svg.picture').first().textContent()) ?? '', /jiameng-api-dev-7cf849584f-kh7vk/);
  assert.match((await page.locator('h1').textContent()) ?? '', /^1 request failed within 10 s/);
  await page.close();
});

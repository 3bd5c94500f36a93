/** Tests pages of hostile texts in a real browser: nothing from data runs or leaves the page, and the page stays in shape. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { incidentHtml } from '../../src/report/incident-html.ts';
import { incidentOf } from '../report/incident.ts';
import { startBrowser } from './browser.ts';
import { measureLabels, openPage, sha256 } from './page.ts';

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

const pageOf = (failures: number, targets: number, hostile = ''): string =>
  incidentHtml(incidentOf(failures, targets, hostile), '1.0.0', sha256);

for (const attack of ATTACKS) {
  test(`nothing runs and nothing leaves: ${JSON.stringify(attack.slice(0, 50))}`, async () => {
    const { page, requests, messages } = await openPage(browser, pageOf(12, 3, attack));
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
    for (const mark of await page.locator('.lane .m').all()) await mark.hover({ force: true });
    await page.locator('.rows').focus();
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowUp', '+', ']', '[', '-', '0']) await page.keyboard.press(key);
    for (const select of await page.locator('select').all()) {
      const values = await select.locator('option').all();
      await select.selectOption({ index: values.length - 1 });
    }
    for (const input of await page.locator('input').all()) await input.fill(attack.slice(0, 200));
    await page.locator('th button').first().click();
    assert.equal(await page.evaluate('window.hit'), undefined);
    assert.deepEqual(requests, []);
    assert.deepEqual(messages, []);
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.locator('img, iframe, link, object, embed, form, a').count(), 0);
    assert.equal(await page.locator('main').isVisible(), true);
    await page.close();
  });
}

for (const long of [`/${'a'.repeat(5000)}`, `/${'漢'.repeat(2000)}`, `/${'\u202eab'.repeat(1500)}`]) {
  test(`names of ${long.length} characters (${long.slice(1, 4)}) neither widen the page nor leave their cells, on a phone too`, async () => {
    for (const width of [1280, 390]) {
      const { page } = await openPage(browser, pageOf(60, 8, long), { width });
      await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      const { faults } = await measureLabels(page);
      assert.deepEqual(faults, []);
      const height = (await page.evaluate(
        'document.querySelector(".answer").getBoundingClientRect().height',
      )) as number;
      assert.ok(height < 5 * 900, `the answer is ${height} px high`);
      await page.close();
    }
  });
}

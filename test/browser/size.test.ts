/** Tests that pages of very many failures are small, in bytes and in elements; prints how soon they open. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { incidentHtml } from '../../src/report/incident-html.ts';
import { incidentOf } from '../report/incident.ts';
import { startBrowser } from './browser.ts';
import { openPage, sha256 } from './page.ts';

let browser: Browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

for (const [failures, targets, bytes] of [
  [10_000, 240, 1.5e6],
  [300_000, 240, 5e6],
  [300_000, 2000, 5e6],
  // Each target failed once: no step of time makes fewer marks than targets.
  [50_000, 50_000, 5e6],
] as const) {
  test(`${failures} failures at ${targets} targets make a small page`, async () => {
    const html = incidentHtml(incidentOf(failures, targets), '1.0.0', sha256);
    assert.ok(Buffer.byteLength(html) <= bytes, `${Buffer.byteLength(html)} bytes`);
    const { page, messages } = await openPage(browser, html);
    const opened = (await page.evaluate(
      "performance.getEntriesByType('navigation')[0].loadEventEnd || performance.now()",
    )) as number;
    console.log(`# ${failures} failures: ${(html.length / 1e6).toFixed(1)} MB, ${Math.round(opened)} ms until loaded`);
    const elements = (await page.evaluate("document.querySelectorAll('*').length")) as number;
    assert.ok(elements < 30_000, `${elements} elements`);
    assert.deepEqual(messages, []);
    await page.close();
  });
}

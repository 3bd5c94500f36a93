/** Opens pages of reports in a browser, and measures the labels of their pictures. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { freshFolder } from '../cli.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

export interface Opened {
  page: Page;
  /** All network requests of the page, and all messages of its console. */
  requests: string[];
  messages: string[];
}

export interface Screen {
  colorScheme?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** Whether the page's script may run. */
  script?: boolean;
}

/** Opens a page from a file of its own. */
export async function openPage(browser: Browser, html: string, screen: Screen = {}): Promise<Opened> {
  const path = join(freshFolder(), 'incident.html');
  writeFileSync(path, html);
  const page = await browser.newPage({
    colorScheme: screen.colorScheme ?? 'light',
    viewport: { width: screen.width ?? 1280, height: screen.height ?? 900 },
    javaScriptEnabled: screen.script ?? true,
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

/** Returns the number of pages of a PDF of Chromium. */
export const pagesOf = (pdf: Buffer): number =>
  Number(/\/Type \/Pages[\s\S]*?\/Count (\d+)/.exec(pdf.toString('latin1'))?.[1]);

/** Runs in the page. Returns the labels that meet others or leave their picture, and marks outside it; `seen` counts both. */
const MEASURE = `(() => {
  const faults = [];
  let labels = 0;
  let marks = 0;
  for (const svg of document.querySelectorAll('.board .row > svg, svg.chart')) {
    const frame = svg.getBoundingClientRect();
    if (frame.width === 0) continue;
    const name = svg.getAttribute('aria-label') || svg.textContent.slice(0, 40);
    const boxes = [...svg.querySelectorAll('text')].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() })).filter(({ box }) => box.width > 0);
    labels += boxes.length;
    boxes.forEach(({ text, box }, i) => {
      const isChart = svg.classList.contains('chart');
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || (isChart && (box.top < frame.top - 1 || box.bottom > frame.bottom + 1))) {
        faults.push(name + ': ' + text + ' is outside');
      }
      for (const other of boxes.slice(0, i)) {
        const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (wide > 0.5 && high > 2) faults.push(name + ': ' + text + ' meets ' + other.text);
      }
    });
    for (const mark of svg.querySelectorAll('.marks .m')) {
      const box = mark.getBoundingClientRect();
      marks++;
      if (box.left < frame.left - 1.5 || box.right > frame.right + 1.5 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) faults.push(name + ': a mark is outside');
    }
  }
  for (const who of document.querySelectorAll('.board .who')) {
    const box = who.getBoundingClientRect();
    for (const part of who.children) {
      const inner = part.getBoundingClientRect();
      if (inner.width > 0 && (inner.right > box.right + 1 || inner.bottom > box.bottom + 1)) faults.push('name outside its cell: ' + part.textContent);
    }
  }
  if (document.documentElement.scrollWidth > window.innerWidth) faults.push('the page scrolls sideways: ' + document.documentElement.scrollWidth);
  return { faults, labels, marks };
})()`;

export const measureLabels = (page: Page): Promise<{ faults: string[]; labels: number; marks: number }> =>
  page.evaluate(MEASURE);

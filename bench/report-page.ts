/**
 * Measures `report` of very many failures: the memory and CPU time of the page, its size, and how soon Chromium has opened it; and
 * how soon `trace` writes its first row.
 */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startBrowser } from '../test/browser/browser.ts';
import { openPage } from '../test/browser/page.ts';
import { draintrace, forget, PROGRAM } from './draintrace.ts';
import { makeFailures } from './failure-data.ts';
import type { Bar } from './report.ts';

/** Ten lives follow one another at an address, so they cover a day. */
const LIFE_MS = 8_640_000;
/** Failures and pods: each pod with failures of its own, and many failures at few. */
const CASES = [
  [10_000, 2_400],
  [100_000, 50_000],
  [300_000, 2_400],
] as const;

export interface PageFigure {
  failures: number;
  pods: number;
  /** Peak resident bytes, DuckDB's included. */
  rss: number;
  cpu: number;
  /** Bytes of the page, and milliseconds until Chromium had loaded it. */
  bytes: number;
  opened: number;
  /** Milliseconds until `trace` wrote its first row, and all rows. */
  firstRow: number;
  allRows: number;
}

/** Returns the figures of all cases. */
export async function pageFigures(work: string): Promise<PageFigure[]> {
  const figures: PageFigure[] = [];
  const browser = await startBrowser();
  for (const [failures, pods] of CASES) {
    const folder = join(work, 'page');
    const db = join(work, 'page.duckdb');
    const page = join(work, 'page.html');
    makeFailures(folder, failures, pods, LIFE_MS);
    forget(db);
    const load = ['load', folder, '--quiet', '--captured-at', '2026-09-16T12:00:00Z'];
    await draintrace([...load, '--judge', '--memory', '6GB', '--db', db]);
    rmSync(folder, { recursive: true });
    const { rss, cpu } = await draintrace(['report', '--out', page, '--db', db]);
    const opened = await openPage(browser, readFileSync(page, 'utf8'));
    const loaded = await opened.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd");
    await opened.page.close();
    figures.push({
      ...{ failures, pods, rss: rss ?? Number.NaN, cpu: cpu ?? Number.NaN },
      ...{ bytes: statSync(page).size, opened: Number(loaded) },
      ...(await rowTimes(db)),
    });
    forget(db);
  }
  await browser.close();
  return figures;
}

/** Returns when `trace` wrote its first rows, and its last. */
function rowTimes(db: string): Promise<{ firstRow: number; allRows: number }> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let firstRow = Number.NaN;
    const child = spawn(process.execPath, [PROGRAM, 'trace', '--format', 'ndjson', '--db', db], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.on('data', () => {
      if (Number.isNaN(firstRow)) firstRow = performance.now() - began;
    });
    child.on('error', reject);
    child.on('close', () => resolve({ firstRow, allRows: performance.now() - began }));
  });
}

/** Prints a row for each case. */
export function printPages(figures: readonly PageFigure[]): void {
  console.log('\n## Pages of very many failures\n');
  console.log(
    '| failures, pods | report: peak MB, CPU s | page MB | opened in Chromium, ms | trace: first row, last row, s |\n| --- | --- | --- | --- | --- |',
  );
  for (const { failures, pods, rss, cpu, bytes, opened, firstRow, allRows } of figures) {
    console.log(
      `| ${failures}, ${pods} | ${(rss / 1e6).toFixed(0)}, ${cpu.toFixed(1)} | ${(bytes / 1e6).toFixed(2)} | ${opened.toFixed(0)} | ${(firstRow / 1e3).toFixed(1)}, ${(allRows / 1e3).toFixed(1)} |`,
    );
  }
}

/** Returns what is asked of pages. */
export const pageBars = (figures: readonly PageFigure[]): Bar[] =>
  figures.flatMap(({ failures, rss, bytes, opened }) => [
    { name: `page of ${failures} failures, memory`, unit: 'MB', value: rss / 1e6, most: 500 },
    { name: `page of ${failures} failures, size`, unit: 'MB', value: bytes / 1e6, most: failures > 10_000 ? 5 : 1.5 },
    { name: `page of ${failures} failures, opened`, unit: 'ms', value: opened, most: 1000 },
  ]);

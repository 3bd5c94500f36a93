/** Opens the trace of `report --format perfetto` in the viewers that people use, and counts what each of them found in it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../browser/browser.ts';
import { cli, expectStatus, freshFolder } from '../cli.ts';

const INSTALL = fileURLToPath(new URL('install.sh', import.meta.url));
const FOLDER = execFileSync('bash', [INSTALL, '--path'], { encoding: 'utf8' }).trim();
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

interface Counts {
  failures: number;
  targets: number;
  causes: Record<string, number>;
  lives: number;
}

let browser: Browser;
let trace: string;
/** As the same report says it in JSON. */
let expected: Counts;
before(async () => {
  const cwd = freshFolder();
  expectStatus(await cli(['simulate', '--scenario', 'bad-day', '--out', 'day'], { cwd }), 0);
  expectStatus(await cli(['load', 'day/logs', 'day/evidence', '-q'], { cwd, timeout: 120_000 }), 0);
  for (const format of ['perfetto', 'json'])
    expectStatus(await cli(['report', '--format', format, '--out', `${format}.json`], { cwd }), 0);
  trace = join(cwd, 'perfetto.json');
  const incident = JSON.parse(readFileSync(join(cwd, 'json.json'), 'utf8')) as {
    failures: number;
    causes: { cause: string; failures: number }[];
    episodes: { lanes: { created: unknown; ready: unknown; deleted: unknown }[] }[];
  };
  const lanes = incident.episodes.flatMap((episode) => episode.lanes);
  expected = {
    failures: incident.failures,
    targets: lanes.length,
    causes: Object.fromEntries(incident.causes.map(({ cause, failures }) => [cause, failures])),
    lives: lanes.filter(({ created, ready, deleted }) => created !== null || ready !== null || deleted !== null).length,
  };
  browser = await startBrowser();
});
after(() => browser?.close());

/** Serves the files of a folder on a port of its own, because Perfetto's workers need an origin. */
async function serve(folder: string): Promise<{ url: string; close(): void }> {
  const server = createServer(({ url = '/' }, response) => {
    const path = join(folder, decodeURIComponent(new URL(url, 'http://a').pathname).replace(/\/$/, '/index.html'));
    if (!existsSync(path)) response.writeHead(404).end();
    else
      response
        .writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
        .end(readFileSync(path));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => void server.close() };
}

/** Asks Perfetto's trace processor. */
const ask = (page: Page, sql: string): Promise<string[][]> =>
  page.evaluate(`(async () => {
    const answer = await window.app.trace.engine.query(${JSON.stringify(sql)});
    const rows = [];
    for (const row = answer.iter({}); row.valid(); row.next()) rows.push(answer.columns().map((name) => String(row.get(name))));
    return rows;
  })()`);

test('Perfetto finds every failure, target and life, and nothing to complain about', async () => {
  const server = await serve(join(FOLDER, 'perfetto'));
  const page = await browser.newPage();
  await page.goto(server.url);
  // It takes no file before it answers.
  await page.evaluate(`new Promise((resolve) => {
    const again = setInterval(() => window.postMessage('PING', '*'), 100);
    window.addEventListener('message', ({ data }) => data === 'PONG' && resolve(clearInterval(again)));
  })`);
  await page.evaluate(
    `((text) => window.postMessage({ perfetto: { buffer: new TextEncoder().encode(text).buffer, title: 'incident' } }, '*'))(${JSON.stringify(readFileSync(trace, 'utf8'))})`,
  );
  const isOpen = async () => {
    const rows = await ask(page, 'select count(*) from slice').catch(() => []);
    return rows.length > 0 && rows[0]![0] !== '0';
  };
  for (let tries = 0; tries < 300 && !(await isOpen()); tries++) await page.waitForTimeout(200);
  assert.deepEqual(await ask(page, "select name, value from stats where severity <> 'info' and value > 0"), []);
  const byCause = await ask(page, "select name, count(*) from slice where category = 'failure' group by name");
  assert.deepEqual(Object.fromEntries(byCause.map(([cause, n]) => [cause, Number(n)])), expected.causes);
  const [[processes, unfinished]] = (await ask(
    page,
    'select (select count(*) from process where name is not null), (select count(*) from slice where dur < 0)',
  )) as [[string, string]];
  assert.deepEqual([Number(processes), Number(unfinished)], [expected.targets + 1, 0]);
  const lives = await ask(
    page,
    "select count(distinct track_id) from slice where category = 'target' and name in ('starting', 'ready', 'terminating')",
  );
  assert.equal(Number(lives[0]![0]), expected.lives);
  await page.close();
  server.close();
});

test("Chrome's own viewer finds the same, without a warning", async () => {
  const version = readdirSync(join(FOLDER, 'perfetto')).find((name) => /^v\d/.test(name))!;
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(FOLDER, 'perfetto', version, 'assets', 'catapult_trace_viewer.html')).href);
  await page.waitForFunction('window.tr && window.tr.importer');
  const found = (await page.evaluate(`((text) => {
    const model = new tr.Model();
    new tr.importer.Import(model, new tr.importer.ImportOptions()).importTraces([text]);
    const failures = [...model.getDescendantEvents()].filter((event) => event.category === 'failure').length;
    return { failures, processes: model.getAllProcesses().length, warnings: model.importWarnings.length };
  })(${JSON.stringify(readFileSync(trace, 'utf8'))})`)) as Record<string, number>;
  assert.deepEqual(found, { failures: expected.failures, processes: expected.targets + 1, warnings: 0 });
  await page.close();
});

test('speedscope opens lives and registrations; it has no place for slices that overlap, such as failures', async () => {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(FOLDER, 'speedscope', 'index.html')).href);
  await page.locator('input[type=file]').first().setInputFiles(trace);
  await page.waitForFunction('/\\(1\\/\\d+\\)/.test(document.body.innerText)');
  const [, profiles] = /\(1\/(\d+)\)/.exec((await page.locator('body').textContent())!)!;
  assert.ok(Number(profiles) >= expected.lives && Number(profiles) <= 2 * expected.targets, profiles);
  await page.close();
});

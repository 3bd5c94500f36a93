/** Tests the forms of the report: their content, and that no text from a log acts in them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assemble } from '../../src/report/assemble.ts';
import { escapeHtml, html } from '../../src/report/html.ts';
import { incidentHtml } from '../../src/report/incident-html.ts';
import { incidentMarkdown } from '../../src/report/incident-markdown.ts';
import { incidentPerfetto } from '../../src/report/incident-perfetto.ts';
import { bar, incidentText, sparkline } from '../../src/report/incident-text.ts';
import { PLAIN } from '../../src/report/style.ts';
import { incidentOf, START } from './incident.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64');
const HOSTILE = `</title></script><script>alert(1)</script><img src=x onerror=alert(1)>"'\`\u202e\x1b[2J\x00|`;

test('a template escapes every value and takes markup as it is', () => {
  const name = `<b a='1' c="2" \`>&`;
  assert.equal(html`<p>${name}${null}${false}${[html`<i>`, 1]}</p>`.text, `<p>${escapeHtml(name)}<i>1</p>`);
  assert.equal(escapeHtml(name), '&lt;b a&#61;&#39;1&#39; c&#61;&quot;2&quot; &#96;&gt;&amp;');
  assert.equal(escapeHtml('a\u202eb\x1b'), 'a\\u{202E}b\\x1B');
});

test('the page has no markup from data, and its policy allows only its own style and script', () => {
  const page = incidentHtml(incidentOf(40, 8, HOSTILE), '1.0.0', sha256);
  assert.doesNotMatch(page, /<img|<script>alert|onerror=/);
  assert.doesNotMatch(page, /[\x00\x1b\u202e]/);
  assert.equal(page.match(/<script/g)?.length, 1);
  assert.match(
    page,
    /Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/]+=*'; script-src 'sha256-/,
  );
  for (const tag of ['style', 'script']) {
    const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)![1]!;
    assert.ok(page.includes(`'sha256-${sha256(text)}'`), tag);
  }
  assert.doesNotMatch(page, /(?:src|href|action)=/);
  assert.doesNotMatch(page, / style=/);
});

test('ten thousand failures at 240 targets are under 1.5 MB', () => {
  const page = incidentHtml(incidentOf(10_000, 240), '1.0.0', sha256);
  assert.ok(Buffer.byteLength(page) < 1.5e6, `${Buffer.byteLength(page)} bytes`);
});

test('the trace file has every failure as a slice, in microseconds, and no text that acts', () => {
  const text = [...incidentPerfetto(incidentOf(12, 3, HOSTILE))].join('');
  assert.doesNotMatch(text, /[\x00\x1b\u202e]/);
  const { traceEvents } = JSON.parse(text) as { traceEvents: Record<string, unknown>[] };
  const of = (ph: string, cat?: string) => traceEvents.filter((one) => one.ph === ph && (!cat || one.cat === cat));
  const begins = of('b', 'failure');
  assert.equal(begins.length, 12);
  for (const begin of begins) {
    const end = of('e', 'failure').find(({ id }) => id === begin.id)!;
    assert.equal((end.ts as number) - (begin.ts as number), 10_002_000);
  }
  assert.equal(Math.min(...begins.map(({ ts }) => ts as number)), (START + 20_000) * 1000);
  assert.equal(new Set(begins.map(({ pid }) => pid)).size, 3);
  const slices = of('X').map(({ name }) => name);
  for (const name of ['ready', 'terminating', 'registered', 'draining']) assert.ok(slices.includes(name), name);
  // Slices of one track must not overlap.
  const tracks = new Map<string, Record<string, unknown>[]>();
  for (const one of of('X')) {
    const key = `${one.pid} ${one.tid}`;
    tracks.set(key, [...(tracks.get(key) ?? []), one]);
  }
  for (const track of tracks.values()) {
    track.sort((a, b) => (a.ts as number) - (b.ts as number));
    track.reduce((before, { ts, dur }) => {
      assert.ok((ts as number) >= before);
      return (ts as number) + (dur as number);
    }, 0);
  }
  const counted = of('C').filter(({ name }) => name === 'failures per second');
  const sum = counted.flatMap(({ args }) => Object.values(args as Record<string, number>)).reduce((a, b) => a + b, 0);
  assert.equal(sum, 12);
});

test('Markdown keeps its table whatever is in a cell', () => {
  const whole = incidentMarkdown(incidentOf(4, 2, HOSTILE));
  assert.doesNotMatch(whole, /<script|<img/);
  for (const line of whole.split('\n').filter((text) => text.startsWith('| '))) {
    assert.match(line, / \|$/);
  }
});

test('the terminal form fits 80 columns and degrades to ASCII', () => {
  const incident = incidentOf(12, 3);
  const ascii = incidentText(incident, { width: 80, unicode: false, style: PLAIN });
  assert.match(ascii, /^[\x0a\x20-\x7e]*$/);
  for (const line of ascii.split('\n')) assert.ok(line.length <= 80, line);
  const long = `shop/${'checkout-of-the-second-region-'.repeat(2)}7c9d6b8f54-b6hqn`;
  const named = incidentOf(3, 1);
  const lanes = named.episodes[0]!.lanes.map((lane) => ({ ...lane, pod: long }));
  const episodes = [{ ...named.episodes[0]!, lanes }];
  const text = incidentText({ ...named, episodes }, { width: 80, unicode: false, style: PLAIN });
  assert.ok(text.includes(`  ${long}\n`), 'a name is copied, so it is not cut');
  const unicode = incidentText(incident, { width: 80, unicode: true, style: PLAIN });
  assert.match(unicode, /█.*\n/);
  assert.doesNotMatch(
    incidentText(incidentOf(3, 1, HOSTILE), { width: 80, unicode: true, style: PLAIN }),
    /[\x00\x1b\u202e]/,
  );
});

test('bars and sparklines keep their proportions', () => {
  assert.equal(sparkline([0, 1, 4, 8], true), ' ▁▄█');
  assert.equal(sparkline([0, 8], false), ' @');
  assert.equal(bar(0.5, 10, false), '#####');
  assert.equal(bar(0.0001, 10, false), '#');
  assert.equal(bar(0, 10, false), '');
});

test('without a failure the report says so', () => {
  const nothing = assemble({
    failures: [],
    lives: new Map(),
    rollouts: [],
    occurrences: [],
    traffic: [],
    advice: [],
    tables: [],
    keepAlive: [],
    window: { from: null, to: null },
    listed: 1,
  });
  assert.match(incidentText(nothing, { width: 80, unicode: true, style: PLAIN }), /^No request failed/);
  const page = incidentHtml(nothing, '1', sha256);
  assert.match(page, /No request failed/);
  assert.doesNotMatch(page, /Cause:|Fix:/);
});

test('each chart has a title of its own, a caption, and a row in docs/report.md', () => {
  const page = incidentHtml(incidentOf(40, 8), '1.0.0', sha256);
  const figures = [...page.matchAll(/<figure>[\s\S]*?<\/figure>/g)].map(([figure]) => figure);
  const docs = readFileSync(new URL('../../docs/report.md', import.meta.url), 'utf8');
  const ids = new Set<string>();
  let charts = 0;
  for (const figure of figures) {
    assert.match(figure, /<figcaption>\S/, figure.slice(0, 200));
    for (const [, id, title] of figure.matchAll(/<svg class="chart"[^>]*><title id="([^"]+)">([^<]+)<\/title>/g)) {
      charts++;
      assert.ok(!ids.has(id!), id);
      ids.add(id!);
      assert.ok(docs.includes(`| ${title} |`), `docs/report.md has no row for the chart "${title}"`);
    }
  }
  assert.ok(charts >= 2, `${charts} charts`);
});

test('thousands of rollouts make a page of a few hundred kilobytes, and a picture of a few rows', () => {
  const one = incidentOf(5000, 5000);
  const lanes = one.episodes[0]!.lanes.map((lane, i) => ({
    ...lane,
    failures: lane.failures.map((failure) => ({ ...failure, rollout: `shop/cart@${i}` })),
  }));
  const many = <T extends { from: number; to: number }>(span: T) =>
    Array.from({ length: 5000 }, (_, i) => ({ ...span, from: span.from + i * 240, to: span.from + i * 240 + 10_000 }));
  const html = incidentHtml(
    {
      ...one,
      episodes: [{ ...one.episodes[0]!, lanes }],
      happenings: many(one.happenings[0]!),
      rollouts: many(one.rollouts[0]!),
    },
    '1.0.0',
    () => 'x',
  );
  assert.ok(html.length < 1_500_000, `${html.length} characters`);
  const heights = [...html.matchAll(/class="row bands".*?viewBox="0 0 900 (\d+)"/g)].map(([, height]) =>
    Number(height),
  );
  assert.ok(heights.length >= 2 && heights.every((height) => height < 350), String(heights));
  assert.match(html, /smaller groups/);
});

/** Prints the report as one self-contained HTML file: it needs no network and no other file, and runs nothing from a log. */

import { SECOND_MS } from '../time/time.ts';
import { board } from './board.ts';
import { adviceCurve, lateRouting } from './chart.ts';
import { failuresOf, sampleOf, startOf } from './failure.ts';
import { html, type Markup, raw } from './html.ts';
import type { Advice, EventTime, Happening, Incident, Lane } from './incident.ts';
import { SCRIPT } from './page-script.ts';
import { STYLE } from './page-style.ts';
import { queryTable, table } from './page-table.ts';
import { classOf } from './palette.ts';
import { LANES, MarkNumbers, SCENES, type Scene, sceneSpan, scenesOf } from './scene.ts';
import { clock, count, duration, printable, safeJson, truncate } from './text.ts';

/** Rows of the table of targets, and happenings with a section. */
const TARGETS = 300;
const SECTIONS = 8;
/** Rows of the table of smaller happenings. */
const SMALLER = 100;

/**
 * Returns the page. `sha256` returns the base64 of a text's SHA-256: the page's content security policy allows only its own
 * style and script, by their hashes.
 */
export function incidentHtml(incident: Incident, version: string, sha256: (text: string) => string): string {
  const policy = `default-src 'none'; style-src 'sha256-${sha256(STYLE)}'; script-src 'sha256-${sha256(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  const scenes = scenesOf(incident);
  const numbers = new MarkNumbers(incident);
  let room = LANES;
  const pictures = scenes.slice(0, SCENES).map((scene, i) => {
    const picture = board(scene, incident, numbers, room);
    room = Math.max(0, room - scene.targets);
    return sceneSection(scene, picture, i);
  });
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Incident: ${incident.headline}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<main data-words="${safeJson(numbers.words)}">
${answer(incident)}
${scenes.length > 0 ? tools(incident, numbers) : null}
${pictures}
${scenes.length > SCENES ? html`<p class="faint">${count(scenes.length - SCENES, 'smaller incident')} not drawn: narrow the window with --from and --to.</p>` : null}
${numbers.step > 1 ? html`<p class="faint">Marks are counted in steps of ${duration(numbers.step / SECOND_MS)}.</p>` : null}
${incident.happenings.length > 1 ? sections(incident.happenings) : null}
${incident.advice.map((advice, i) => adviceSection(advice, i))}
<section>
<h2>Tables</h2>
${failureTable(incident)}
${targetTable(scenes)}
${incident.tables.map((rows) => queryTable(rows))}
</section>
</main>
<div id="said" role="status"></div>
<footer><p class="faint">draintrace ${version}. All times UTC. This file needs no network and holds no account credentials.</p></footer>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

/** Most characters of a name and of a sentence: somebody else chose the names in them. */
const NAME = 200;
const SENTENCE = 1000;
const named = (text: string): string => truncate(printable(text), NAME);
const said = (text: string): string => truncate(printable(text), SENTENCE);

/** Says what happened, worst first: one thing in sentences, several as a numbered list with the cause and the fix of each. */
function answer({ headline, cause, fix, keepAlive, causes, happenings }: Incident): Markup {
  const told = toldOf(happenings);
  const several = told.length > 1;
  return html`<section class="answer">
<h1>${said(headline)}</h1>
${
  several
    ? html`<ol>${told.slice(0, 4).map((one) => html`<li>${mark(one, one.place)}<b>${named(one.title)}</b>: ${count(one.failures, 'failure')}${one.times > 1 ? `, ${count(one.times, 'time')}` : html` <span class="faint">${clock(one.from)} to ${clock(one.to)}</span>`}<span class="why"><strong>Fix:</strong> ${said(one.fix)}</span></li>`)}</ol>${told.length > 4 ? html`<p class="faint">${count(told.length - 4, 'smaller one')} below.</p>` : null}`
    : happenings.length === 0
      ? null
      : html`<p><strong>Cause:</strong> ${said(cause)}</p><p><strong>Fix:</strong> ${said(fix)}</p>`
}
${keepAlive.map((sentence) => html`<p><strong>Keep-alive:</strong> ${sentence}</p>`)}
<ul class="legend">${causes.map(({ cause: word, failures }) => html`<li><svg class="m ${classOf(word)}" viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12"/></svg> ${failures} × ${named(word)}</li>`)}</ul>
</section>`;
}

/** Returns what happened, worst first. The same name with the same fix is told once; its place is that of the worst. */
function toldOf(happenings: readonly Happening[]): (Happening & { place: number; times: number })[] {
  const told = new Map<string, Happening & { place: number; times: number }>();
  happenings.forEach((one, place) => {
    const key = `${one.title}\0${one.fix}`;
    const there = told.get(key);
    if (there) {
      there.failures += one.failures;
      there.times++;
    } else told.set(key, { ...one, place, times: 1 });
  });
  return [...told.values()].sort((a, b) => b.failures - a.failures);
}

const mark = ({ word }: Happening, i: number): Markup => html`<span class="mark ${classOf(word)}">${i + 1}</span>`;

/** Controls for the page's script, which shows them: without it they are hidden. */
function tools({ causes, happenings }: Incident, { paths }: MarkNumbers): Markup {
  return html`<div class="tools" hidden role="group" aria-label="Zoom and filter">
<button type="button" data-do="in" aria-label="zoom in">+</button><button type="button" data-do="out" aria-label="zoom out">−</button><button type="button" data-do="left" aria-label="earlier">◂</button><button type="button" data-do="right" aria-label="later">▸</button><button type="button" data-do="all">whole window</button>
<select aria-label="what happened" data-by="span"><option value="">zoom to</option>${happenings.slice(0, SECTIONS).map(({ title, from, to }, i) => html`<option value="${from} ${to}">${i + 1} ${named(title)}</option>`)}</select>
<select aria-label="cause" data-by="cause"><option value="">all causes</option>${causes.map(({ cause }) => html`<option>${cause}</option>`)}</select>
${paths.length > 1 ? html`<select aria-label="path" data-by="path"><option value="">all paths</option>${paths.map((path) => html`<option>${path}</option>`)}</select>` : null}
<input type="search" list="targets" data-by="target" aria-label="target" placeholder="all targets" autocomplete="off"><datalist id="targets"></datalist>
<input type="search" data-by="text" aria-label="any text" placeholder="any text">
</div>`;
}

function sceneSection(scene: Scene, picture: Markup, index: number): Markup {
  return html`<section class="scene">
<h2>${index === 0 ? null : `${index + 1}. `}${sceneSpan(scene)}: ${count(scene.failures, 'failure')} at ${count(scene.targets, 'target')}</h2>
<figure>${picture}<figcaption>Colour is the cause, shape the mechanism, grey the life of a target: thick its life, thin below its registration. A mark stands where the balancer chose the target; its line ends when the balancer gave up.</figcaption></figure>
</section>`;
}

function sections(happenings: readonly Happening[]): Markup {
  const rest = happenings.slice(SECTIONS);
  return html`<h2>What happened</h2>
${happenings.slice(0, SECTIONS).map(
  (one, i) => html`<section class="happening ${classOf(one.word)}">
<h3>${mark(one, i)}${named(one.title)}</h3>
<p class="faint">${clock(one.from)} to ${clock(one.to)} UTC, ${count(one.failures, 'failure')} at ${count(one.targets, 'target')}: ${one.causes.map(({ cause, failures }) => `${failures} × ${named(cause)}`).join(', ')}${one.paths.length > 0 ? html`; most of ${one.paths.map(({ path, failures }) => `${named(path)} (${failures})`).join(', ')}` : null}</p>
<p><strong>Cause:</strong> ${said(one.sentence)}</p>
<p><strong>Fix:</strong> ${said(one.fix)}</p>
</section>`,
)}
${
  rest.length > 0
    ? html`<details><summary>${count(rest.length, 'smaller one')}</summary>${table(
        ['title', 'failures', 'from', 'to'],
        rest
          .slice(0, SMALLER)
          .map(({ title, failures, from, to }) => [
            title,
            failures,
            new Date(from).toISOString(),
            new Date(to).toISOString(),
          ]),
      )}${rest.length > SMALLER ? html`<p class="faint">${rest.length - SMALLER} more: <code>draintrace query failures-per-rollout</code></p>` : null}</details>`
    : null
}`;
}

function adviceSection(advice: Advice, index: number): Markup {
  const id = `advice-${index + 1}`;
  return html`<section>
<h2>What would have prevented it: ${named(advice.workload)}</h2>
<p>${said(advice.sentence)}</p>
<div class="charts"><figure>${lateRouting(advice, `${id}-late`)}<figcaption>How long the balancer went on choosing targets that were going away; answered requests count too.</figcaption></figure>
<figure>${adviceCurve(advice, `${id}-curve`)}<figcaption>Failures that remain if a target serves for this many seconds after its deletion.</figcaption></figure></div>
${
  advice.curve.length > 0
    ? html`<details class="fold"><summary>Table of the curve</summary>${table(
        ['seconds', 'failures left'],
        advice.curve.map(({ seconds, failures }) => [seconds, failures]),
      )}</details>`
    : null
}
</section>`;
}

const momentText = (moment: EventTime | null): string => {
  if (!moment) return '';
  const { earliest, latest } = moment;
  if (earliest === null) return `by ${clock(latest!, 3)}`;
  if (latest === null) return `after ${clock(earliest, 3)}`;
  return latest - earliest < 2 ? clock(latest, 3) : `${clock(earliest, 3)} to ${clock(latest, 3)}`;
};

/** Returns the content of the pictures as a table, for people who read. */
function targetTable(scenes: readonly Scene[]): Markup | null {
  const lanes = scenes.flatMap(({ groups }) => groups.flatMap((group) => group.lanes));
  if (lanes.length === 0) return null;
  const rows = [...lanes].sort((a, b) => b.failures.length - a.failures.length).slice(0, TARGETS);
  return queryTable(
    {
      title: 'Lives of the targets',
      command: 'draintrace query target-timeline',
      columns: ['address', 'target', 'node', 'ready', 'going', 'exited', 'deregistered', 'failures', 'target group'],
      rows: rows.map((lane: Lane) => [
        lane.target,
        lane.pod,
        lane.node,
        ...[lane.ready, lane.deleted, lane.exited, lane.deregistered].map(momentText),
        lane.failures.length,
        lane.target_group,
      ]),
      total: lanes.length,
    },
    'targets',
  );
}

function failureTable({ episodes, failures, listed }: Incident): Markup {
  const after = (seconds: number | null) => (seconds === null || seconds < 0 ? null : Number(seconds.toFixed(3)));
  return queryTable(
    {
      title: 'Failed requests',
      command: 'draintrace trace --format csv',
      columns: [
        'routed',
        'code',
        'mechanism',
        'cause',
        'confidence',
        'address',
        'target',
        'late by s',
        'request',
        'why',
        'trace id',
      ],
      rows: sampleOf(failuresOf(episodes), listed).map((one) => [
        new Date(startOf(one)).toISOString(),
        one.elb_status_code,
        one.mechanism,
        one.cause,
        one.confidence,
        one.target,
        one.pod,
        after(one.seconds_after_deletion),
        one.request_line,
        one.because,
        one.trace_id,
      ]),
      total: failures,
    },
    'failures targets',
  );
}

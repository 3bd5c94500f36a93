/** Prints the report as one self-contained HTML file: it needs no network and no other file, and runs nothing from a log. */
import { adviceCurve, failuresPerSecond, lateRouting } from './chart.ts';
import { html, type Markup, raw } from './html.ts';
import type { Advice, Episode, EventTime, Failure, Incident, Rows } from './incident.ts';
import { colorOf } from './mark.ts';
import { SCRIPT, STYLE } from './page-style.ts';
import { describeFailure, legend, picture } from './picture.ts';
import { clock, count, truncate } from './text.ts';

/** Pictures, and lanes of each, that are open at first; the rest is folded. */
const PICTURES = 5;
const LANES = 24;
/** Longest text of a cell; agents and urls can be 8 KB. */
const CELL = 300;

/**
 * Returns the page. `sha256` returns the base64 of a text's SHA-256: the page's content security policy allows only its own
 * style and script, by their hashes.
 */
export function incidentHtml(incident: Incident, version: string, sha256: (text: string) => string): string {
  const policy = `default-src 'none'; style-src 'sha256-${sha256(STYLE)}'; script-src 'sha256-${sha256(SCRIPT)}'; base-uri 'none'; form-action 'none'`;
  const drawn = incident.episodes.slice(0, PICTURES);
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
<main>
<section class="answer">
<h1>${incident.headline}</h1>
<p><strong>Cause:</strong> ${incident.cause}</p>
<p><strong>Fix:</strong> ${incident.fix}</p>
${incident.keepAlive.map((sentence) => html`<p><strong>Keep-alive:</strong> ${sentence}</p>`)}
<ul class="legend">${incident.causes.map(({ cause, failures }) => html`<li>${swatch(cause)} ${failures} × ${cause}</li>`)}</ul>
</section>
${drawn.map((episode, i) => episodeSection(episode, i))}
${incident.episodes.length > PICTURES ? html`<p class="faint">${count(incident.episodes.length - PICTURES, 'smaller incident')} not drawn: narrow the window with --from and --to.</p>` : null}
${incident.advice.map((advice, i) => adviceSection(advice, i))}
${incident.tables.map(tableSection)}
${failureSection(incident)}
</main>
<div id="said" role="status">Point at a mark, or move to it with Tab, to read its request.</div>
<footer><p class="faint">draintrace ${version}. All times UTC. This file needs no network and holds no account credentials.</p></footer>
<script>${raw(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

/** The colour of a cause in the charts. */
const swatch = (cause: string): Markup =>
  html`<svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true"><rect width="10" height="10" fill="${colorOf(cause)}"/></svg>`;

function episodeSection(episode: Episode, index: number): Markup {
  const named = `episode-${index + 1}`;
  const day = new Date(episode.from).toISOString().slice(0, 10);
  const open = episode.lanes.slice(0, LANES);
  const folded = episode.lanes.slice(LANES);
  const mechanisms = [...new Set(episode.lanes.flatMap(({ failures }) => failures.map(({ mechanism }) => mechanism)))];
  return html`<section>
<h2>${day} ${clock(episode.from)} to ${clock(episode.to)} UTC: ${count(episode.failures, 'failure')} at ${count(episode.lanes.length, 'target')}</h2>
${open.length === 0 ? html`<p>No target was chosen for any of them.</p>` : html`<figure><div class="scroll">${picture(episode, open, named)}</div><figcaption>${legend(mechanisms)}</figcaption></figure>`}
${
  folded.length === 0
    ? null
    : html`<details><summary>${count(folded.length, 'more target')} with fewer failures</summary><div class="scroll">${picture(episode, folded, `${named}-more`)}</div></details>`
}
<figure>${failuresPerSecond(episode, `${named}-seconds`)}<figcaption>Failures per second, stacked by cause: <span class="legend">${[...new Set(episode.perSecond.map(({ cause }) => cause))].map((cause) => html`<span>${swatch(cause)} ${cause}</span>`)}</span></figcaption></figure>
${secondsTable(episode)}
${lanesTable(episode)}
</section>`;
}

const momentText = (moment: EventTime | null): string => {
  if (!moment) return '';
  const { earliest, latest } = moment;
  if (earliest === null) return `by ${clock(latest!, 3)}`;
  if (latest === null) return `after ${clock(earliest, 3)}`;
  return latest - earliest < 2 ? clock(latest, 3) : `${clock(earliest, 3)} to ${clock(latest, 3)}`;
};

/** Returns the content of the picture as a table, for people who read. */
function lanesTable({ lanes }: Episode): Markup | null {
  if (lanes.length === 0) return null;
  const heads = ['address', 'target group', 'target', 'node', 'ready', 'going', 'exited', 'deregistered', 'failures'];
  return html`<details><summary>Table of targets</summary><div class="scroll"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${lanes.map(
    (lane) =>
      html`<tr>${[lane.target, lane.target_group, lane.pod, lane.node, momentText(lane.ready), momentText(lane.deleted), momentText(lane.exited), momentText(lane.deregistered), lane.failures.length].map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div></details>`;
}

function secondsTable({ perSecond }: Episode): Markup {
  return html`<details><summary>Table of seconds</summary><table><thead><tr><th scope="col">second</th><th scope="col">cause</th><th scope="col">failures</th></tr></thead><tbody>${perSecond
    .slice(0, 1000)
    .map(
      ({ second, cause, failures }) => html`<tr><td>${clock(second)}</td><td>${cause}</td><td>${failures}</td></tr>`,
    )}</tbody></table></details>`;
}

function adviceSection(advice: Advice, index: number): Markup {
  const named = `advice-${index + 1}`;
  return html`<section>
<h2>What would have prevented it: ${advice.workload}</h2>
<p>${advice.sentence}</p>
<figure>${lateRouting(advice, `${named}-late`)}<figcaption>How long the balancer went on choosing targets that were going away; answered requests count too.</figcaption></figure>
<figure>${adviceCurve(advice, `${named}-curve`)}<figcaption>Failures that remain if a target serves for this many seconds after its deletion.</figcaption></figure>
<details><summary>Table of the curve</summary><table><thead><tr><th scope="col">seconds</th><th scope="col">failures left</th></tr></thead><tbody>${advice.curve.slice(0, 1000).map(({ seconds, failures }) => html`<tr><td>${seconds}</td><td>${failures}</td></tr>`)}</tbody></table></details>
</section>`;
}

const cellText = (cell: unknown): string =>
  cell === null || cell === undefined
    ? ''
    : truncate(typeof cell === 'object' ? JSON.stringify(cell) : String(cell), CELL);

function tableSection({ title, command, columns, rows, total }: Rows): Markup {
  return html`<section>
<h2>${title}</h2>
${rows.length === 0 ? html`<p class="faint">None.</p>` : html`<div class="scroll"><table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cellText(cell)}</td>`)}</tr>`)}</tbody></table></div>`}
<p class="faint">${total > rows.length ? `${rows.length} of ${total} rows; all: ` : 'Again: '}<code>${command}</code></p>
</section>`;
}

function failureSection({ episodes, failures, listed }: Incident): Markup {
  const all = episodes.flatMap((episode) => everyFailure(episode)).slice(0, listed);
  return html`<section>
<h2>Failed requests</h2>
<div class="scroll"><table><thead><tr>${['routed', 'target', 'what', 'why'].map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${all.map(
    (one) =>
      html`<tr><td>${new Date(one.routed ?? one.failed).toISOString()}</td><td>${one.target}<br>${one.pod}</td><td>${truncate(describeFailure(one), CELL)}</td><td>${truncate(one.because, CELL)}</td></tr>`,
  )}</tbody></table></div>
<p class="faint">${failures > all.length ? `${all.length} of ${failures} with a target; all: ` : 'Again: '}<code>draintrace trace --format csv</code></p>
</section>`;
}

const everyFailure = ({ lanes }: Episode): Failure[] => lanes.flatMap(({ failures }) => [...failures]);

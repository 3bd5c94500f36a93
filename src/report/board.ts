/**
 * Draws a scene: an overview (failures by cause above requests, what happened, rollouts, deregistrations), and below it the lanes of
 * its targets, grouped by rollout and fate. All of it has one axis of time.
 */
import { SECOND_MS } from '../time/time.ts';
import { startOf } from './failure.ts';
import { html, type Markup, raw } from './html.ts';
import type { Failure, Incident } from './incident.ts';
import { laneRow, marks, PLOT, spanBar, stepsPath } from './lane.ts';
import { axisTicks, type MarkView } from './lane-marks.ts';
import { MARK_SHAPES, shapeOf } from './mark.ts';
import { classOf } from './palette.ts';
import type { LaneGroup, MarkNumbers, Scene } from './scene.ts';
import { cellWidth, clock, count, printable, truncate } from './text.ts';

/** Lanes of a scene that are open at first: as many as fit a page. */
const OPEN = 24;
const [AXIS, FAILURES, REQUESTS, BAND, TICKS, STRIP] = [18, 96, 40, 20, 18, 30];
/** Most failures whose marks have their text in the page; of more, the script makes it. */
const TITLED = 5_000;
/** Least width of a column of the overview. */
const COLUMN = 2;
const LENGTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
/** Width of a character of a label, and most characters of it. */
const CHARACTER = 6.4;
const LABEL = 48;
/** Bands with a label and a row of their own. */
const LABELLED = 12;

/** Returns text for a label as it is shown: escapes count too. */
const labelOf = (text: string): string => truncate(printable(text), LABEL);

/** The day in a rollout's name: the axis says it. */
const SECOND = /@\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)Z/;

/** Returns the picture of a scene. `most` lanes are drawn one by one. */
export function board(scene: Scene, incident: Incident, numbers: MarkNumbers, most: number): Markup {
  const isTitled = incident.failures <= TITLED;
  const view: MarkView = { base: scene.from, from: 0, to: scene.to - scene.from, width: PLOT, isTitled };
  let open = 0;
  let drawn = 0;
  const groups = scene.groups.map((group) => {
    const isOpen = open + group.lanes.length <= OPEN;
    if (isOpen) open += group.lanes.length;
    const room = Math.max(0, most - drawn);
    drawn += Math.min(room, group.lanes.length);
    return groupOf(group, { numbers, view, isOpen, room });
  });
  return html`<div class="board" data-from="${scene.from}" data-to="${scene.to}"><div class="rows" tabindex="0" role="group" aria-label="Picture of ${count(scene.failures, 'failure')}">
<svg class="gridlines" viewBox="0 0 ${PLOT} 1" preserveAspectRatio="none" aria-hidden="true">${ticks(view, 1)}</svg>
${overview(scene, incident, view)}
${groups}
</div></div>
${legend(scene)}`;
}

const row = (
  kind: string,
  who: Markup | string,
  height: number,
  inside: Markup | string | null,
  label: string,
): Markup =>
  html`<div class="row ${kind}"><div class="who">${who}</div><svg viewBox="0 0 ${PLOT} ${height}" role="img" aria-label="${label}">${inside}</svg></div>`;

const ticks = (view: MarkView, height: number, labelled = false): Markup =>
  html`<g class="ticks" data-h="${height}"${labelled ? html` data-l="1"` : null}>${raw(axisTicks(view, height, labelled))}</g>`;

function overview(scene: Scene, incident: Incident, view: MarkView): Markup {
  const seconds = LENGTHS.find((one) => ((one * SECOND_MS) / view.to) * PLOT >= COLUMN) ?? LENGTHS.at(-1)!;
  const columns = Math.ceil(view.to / (seconds * SECOND_MS));
  const wide = ((seconds * SECOND_MS) / view.to) * PLOT;
  const placeOf = (at: number) => Math.floor((at - scene.from) / (seconds * SECOND_MS));
  const per = seconds === 1 ? 'a second' : `in ${seconds} s`;

  const all = scene.groups.flatMap(({ failures }) => failures);
  const byCause = columnsByCause(all, columns, placeOf);
  const sums = new Array<number>(columns).fill(0);
  for (const own of byCause.values()) {
    for (const [i, n] of own.entries()) sums[i]! += n;
  }
  const worst = sums.reduce((max, n) => Math.max(max, n), 0);

  const traffic = new Array<number>(columns).fill(0);
  for (const { from, requests } of incident.traffic) {
    const place = placeOf(from);
    if (place >= 0 && place < columns) traffic[place]! += requests;
  }
  const busiest = traffic.reduce((max, n) => Math.max(max, n), 0);

  const isIn = ({ from, to }: { from: number; to: number }) => to >= scene.from && from <= scene.to;
  const happened = incident.happenings.flatMap((one, i) =>
    isIn(one)
      ? [
          {
            ...one,
            label: labelOf(`${i + 1} ${one.title}`),
            says: `${i + 1} ${one.title}: ${count(one.failures, 'failure')}`,
            kind: `m ${classOf(one.word)}`,
          },
        ]
      : [],
  );
  const largest = incident.rollouts.filter(isIn).sort((a, b) => b.pods - a.pods);
  const rollouts = largest.map((one) => {
    const label =
      one.kind === 'rollout' ? `${one.deployment} to ${one.to_workload}` : `${one.pods} of ${one.deployment} ended`;
    return { ...one, label: labelOf(label), says: `${one.kind} ${one.rollout}`, kind: 'terminating' };
  });
  const nodes = incident.occurrences
    .filter(({ kind, at }) => kind === 'node_lost' && at >= scene.from && at <= scene.to)
    .map(({ name, at }) => ({
      from: at,
      to: at,
      label: labelOf(`${name} lost`),
      says: `node ${name} lost, ${clock(at)}`,
      kind: 'registered',
    }));
  const deregistered = incident.occurrences.filter(
    ({ kind, at }) => kind === 'deregistered' && at >= scene.from && at <= scene.to,
  );
  return html`${row('axis', html`<span>UTC, ${new Date(scene.from).toISOString().slice(0, 10)}</span>`, AXIS, ticks(view, AXIS, true), 'Axis of time')}
${row('', html`<b>Failures</b><span>at most ${worst} ${per}</span>`, FAILURES, html`<g class="t stack">${stacked(byCause, sums, wide, worst)}</g>`, `Failures ${per}, stacked by cause: at most ${worst}`)}
${bandRows('What happened', happened, view)}
${busiest === 0 ? null : row('', html`<b>Requests</b><span>at most ${busiest} ${per}</span>`, REQUESTS, html`<g class="t">${stepsPath(traffic, wide, REQUESTS, REQUESTS - 4, 'requests')}</g>`, `Requests ${per}: at most ${busiest}`)}
${bandRows('Rollouts', rollouts, view)}
${bandRows('Nodes lost', nodes, view)}
${deregistered.length === 0 ? null : row('', html`<b>Deregistrations</b><span>${deregistered.length}</span>`, TICKS, html`<g class="t">${deregistered.map(({ name, at }) => spanBar(view, { y: 4, height: TICKS - 4 }, [at, at + view.to / PLOT], 'registered', `${name} deregistered ${clock(at)} UTC`))}</g>`, `${count(deregistered.length, 'deregistration')}`)}`;
}

function columnsByCause(
  failures: readonly Failure[],
  columns: number,
  placeOf: (at: number) => number,
): Map<string, number[]> {
  const byCause = new Map<string, number[]>();
  for (const failure of failures) {
    const word = failure.cause ?? '';
    const own = byCause.get(word) ?? new Array<number>(columns).fill(0);
    byCause.set(word, own);
    const place = placeOf(startOf(failure));
    if (place >= 0 && place < columns) own[place]!++;
  }
  return byCause;
}

/** Returns one path for each cause: its part of every column. */
function stacked(
  byCause: ReadonlyMap<string, readonly number[]>,
  sums: readonly number[],
  wide: number,
  worst: number,
): Markup[] {
  const round = (n: number) => Math.round(n * 100) / 100;
  const below = new Array<number>(sums.length).fill(0);
  const most = FAILURES - 6;
  return [...byCause].map(([cause, own]) => {
    let path = '';
    own.forEach((n, i) => {
      if (n === 0) return;
      const bottom = FAILURES - (below[i]! / worst) * most;
      // One failure beside thousands stays visible.
      const height = Math.max(1.5, (n / worst) * most);
      path += `M${round(i * wide)} ${round(bottom)}h${round(wide)}v${round(-height)}h${round(-wide)}z`;
      below[i]! += n;
    });
    return html`<path class="${classOf(cause)}" data-cause="${cause}" d="${raw(path)}"/>`;
  });
}

interface Band {
  from: number;
  to: number;
  label: string;
  says: string;
  kind: string;
}

/** Merges spans of time that lie closer than a reader can tell apart; each says how many it stands for. */
function mergedBands(bands: readonly Band[], view: MarkView): Band[] {
  const near = view.to / (PLOT / 3);
  const merged: (Band & { n: number })[] = [];
  for (const band of [...bands].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && band.from - last.to < near) {
      last.to = Math.max(last.to, band.to);
      last.n++;
      last.says = `${last.n} smaller ones`;
    } else merged.push({ ...band, label: '', kind: 'terminating', n: 1 });
  }
  return merged;
}

/** Draws spans of time, worst first, with their labels; those that would meet are in rows of their own, many small ones in one. */
function bandRows(name: string, bands: readonly Band[], view: MarkView): Markup | null {
  if (bands.length === 0) return null;
  const x = (at: number) => Math.max(0, Math.min(PLOT, ((at - view.base) / view.to) * PLOT));
  const ends: number[] = [];
  const place = (band: Band, row: number | null) => {
    const room = cellWidth(band.label) * CHARACTER + 8;
    const begin = x(band.from);
    const end = Math.max(x(band.to), begin + 3);
    // A label begins with its band, but does not leave the picture.
    const left = Math.max(0, Math.min(begin, PLOT - room));
    const [low, high] = [left, Math.max(end, left + room)];
    let at = row ?? ends.findIndex((taken) => taken <= low);
    if (at < 0) at = ends.push(0) - 1;
    ends[at] = high;
    return { ...band, begin, end, left, at };
  };
  const shown = bands.slice(0, LABELLED).sort((a, b) => a.from - b.from);
  const placed = shown.map((band) => place(band, null));
  const below = ends.length;
  const rest = mergedBands(bands.slice(LABELLED), view).map((band) => place(band, below));
  const height = ends.length * BAND + 2;
  const more = bands.length > LABELLED ? `; ${bands.length - LABELLED} more` : '';
  return row(
    'bands',
    html`<b>${name}</b><span>${bands.length}</span>`,
    height,
    html`${[...placed, ...rest].map(
      ({ kind, says, label, begin, end, left, at, from, to }) =>
        html`<g class="band" data-a="${from - view.base}" data-b="${to - view.base}"><title>${says}</title><rect class="${kind}" x="${begin.toFixed(1)}" y="${at * BAND + 14}" width="${(end - begin).toFixed(1)}" height="4"/><text x="${left.toFixed(1)}" y="${at * BAND + 11}" data-w="${(cellWidth(label) * CHARACTER).toFixed(0)}">${label}</text></g>`,
    )}`,
    `${name}: ${shown.map(({ says }) => says).join('; ')}${more}`,
  );
}

interface GroupOptions {
  numbers: MarkNumbers;
  view: MarkView;
  isOpen: boolean;
  /** Number of lanes that are drawn at most. */
  room: number;
}

function groupOf({ title, lanes, failures, causes }: LaneGroup, { numbers, view, isOpen, room }: GroupOptions): Markup {
  const shown = lanes.slice(0, room);
  const rest = lanes.length - shown.length;
  // The script adds up the lanes of a group, unless some are not there.
  const strip = marks(numbers.pointsOf(failures, view.base), numbers.words, view, rest > 0 || lanes.length === 0);
  const head = html`<div class="who"><b title="${title}">${truncate(title.replace(SECOND, ' $1'), 120)}</b><span>${count(failures.length, 'failure')}</span></div><svg viewBox="0 0 ${PLOT} ${STRIP}" role="img" aria-label="${title}: ${causes.map(({ cause, failures: n }) => `${n} × ${cause}`).join(', ')}">${strip}</svg>`;
  if (lanes.length === 0) return html`<div class="row strip group">${head}</div>`;
  return html`<details class="group"${isOpen ? raw(' open') : null}><summary class="row strip">${head}</summary>
${shown.map((lane) => laneRow(lane, numbers.pointsOf(lane.failures, view.base), numbers.words, view))}
${rest > 0 ? html`<p class="faint">${count(rest, 'more target')} not drawn one by one: <code>draintrace query target-timeline</code></p>` : null}</details>`;
}

/** Explains the colours, the shapes and the neutral bars. */
function legend({ groups }: Scene): Markup {
  const all = groups.flatMap(({ failures }) => failures);
  const causes = [...new Set(all.map(({ cause }) => cause))];
  const mechanisms = [...new Set(all.map(({ mechanism }) => mechanism))];
  const sleeps = groups.some(({ lanes }) => lanes.some((lane) => lane.pre_stop_seconds !== null));
  const lives = ['starting', 'ready', ...(sleeps ? ['sleeping'] : []), 'terminating', 'registered', 'draining'];
  return html`<ul class="legend">${causes.map((cause) => html`<li><svg class="m ${classOf(cause)}" viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12"/></svg> ${labelOf(cause ?? 'without a cause')}</li>`)}</ul>
<ul class="legend">${mechanisms.map((mechanism) => html`<li><svg class="shape" viewBox="-6 -6 12 12" aria-hidden="true"><path d="M0 0${MARK_SHAPES[shapeOf(mechanism)]}"/></svg> ${labelOf(mechanism)}</li>`)}${lives.map((kind) => html`<li><svg viewBox="0 0 16 10" aria-hidden="true"><rect class="${kind}" width="16" height="${kind === 'registered' || kind === 'draining' ? 4 : 10}"/></svg> ${kind === 'sleeping' ? 'terminating, in preStop' : kind}</li>`)}<li>a number: so many failures at once</li></ul>`;
}

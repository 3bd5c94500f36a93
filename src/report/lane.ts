/** Draws the lane of one target: traffic, its registration, its life, in neutral tones, and the marks of its failures. */
import { SECOND_MS } from '../time/time.ts';
import { html, type Markup, raw } from './html.ts';
import type { EventTime, Lane } from './incident.ts';
import { laneMarks, type MarkView, type MarkWords } from './lane-marks.ts';
import { pointsText } from './scene.ts';
import { clock } from './text.ts';

/** Width of every picture's plot, in its own units. */
export const PLOT = 900;
/** Heights, from the top of a lane: the marks are above the life, the registration is below it. */
const LIFE = { y: 30, height: 7 };
const REGISTRATION = { y: 39, height: 3 };
const LANE = 46;
/** Characters at the end of a name that are never cut: they distinguish the pods of one ReplicaSet. */
const TAIL = 6;
/** Width of a step of the requests per second. */
const STEP = 5;

const round = (n: number): number => Math.round(n * 100) / 100;

/** Returns the middle of a moment's known interval. */
function middle(moment: EventTime | null): number | null {
  if (!moment) return null;
  const { earliest, latest } = moment;
  return earliest !== null && latest !== null ? (earliest + latest) / 2 : (latest ?? earliest);
}

/** Returns a bar from one time to another, cut at the edges of the view; nothing if it lies outside. */
export function spanBar(
  { base, to: span, width }: MarkView,
  { y, height }: { y: number; height: number },
  [from, to]: readonly [number | null, number | null],
  kind: string,
  says = '',
): Markup | null {
  const begin = Math.max(0, (from ?? base) - base);
  const end = Math.min(span, (to ?? base + span) - base);
  if (end <= begin) return null;
  const x = round((begin / span) * width);
  const wide = Math.max(0.5, round((end / span) * width - x));
  return html`<rect class="${kind}" x="${x}" y="${y}" width="${wide}" height="${height}">${says === '' ? null : html`<title>${says}</title>`}</rect>`;
}

const says = (word: string, moment: number | null): string =>
  `${word}${moment === null ? '' : ` ${clock(moment, 3)} UTC`}`;

/** Draws starting, ready and terminating (hatched during preStop). After the exit it draws nothing. */
function life(lane: Lane, view: MarkView): Markup | null {
  const [created, ready, deleted, exited] = [lane.created, lane.ready, lane.deleted, lane.exited].map(middle) as [
    number | null,
    number | null,
    number | null,
    number | null,
  ];
  if (created === null && ready === null && deleted === null && exited === null) return null;
  const ends = deleted ?? exited;
  const stops = exited ?? (deleted === null ? null : deleted + SECOND_MS * (lane.pre_stop_seconds ?? 30));
  const slept =
    deleted === null || !lane.pre_stop_seconds
      ? deleted
      : Math.min(deleted + lane.pre_stop_seconds * SECOND_MS, stops!);
  const ended = exited === null ? 'terminating; its exit is not known' : says('exited', exited);
  return html`${spanBar(view, LIFE, [created, ready ?? ends], 'starting', says('created', created))}${
    ready === null && created !== null ? null : spanBar(view, LIFE, [ready, ends], 'ready', says('ready', ready))
  }${deleted === null ? null : html`${spanBar(view, LIFE, [deleted, slept], 'sleeping', says('preStop runs, end asked for', deleted))}${spanBar(view, LIFE, [slept, stops], 'terminating', ended)}`}`;
}

function registration(lane: Lane, view: MarkView): Markup | null {
  const [registered, deregistered, drained] = [lane.registered, lane.deregistered, lane.drained].map(middle) as [
    number | null,
    number | null,
    number | null,
  ];
  if (registered === null && deregistered === null) return null;
  return html`${spanBar(view, REGISTRATION, [registered, deregistered], 'registered', says('registered', registered))}${
    deregistered === null
      ? null
      : spanBar(view, REGISTRATION, [deregistered, drained], 'draining', says('draining since', deregistered))
  }`;
}

/** Draws the requests of a lane as steps that stand on its floor. */
function rate(lane: Lane, { base, to, width }: MarkView): Markup | null {
  const steps = new Array<number>(Math.ceil(width / STEP)).fill(0);
  for (const { second, requests } of lane.rate) {
    const place = Math.floor((((second - base) / to) * width) / STEP);
    if (place >= 0 && place < steps.length) steps[place]! += requests;
  }
  return stepsPath(steps, STEP, LANE, 24, 'traffic');
}

/** Returns a filled path of steps, the highest `most` high, that stand on `floor`; nothing without any. */
export function stepsPath(
  steps: readonly number[],
  wide: number,
  floor: number,
  most: number,
  kind: string,
): Markup | null {
  const top = steps.reduce((max, n) => Math.max(max, n), 0);
  if (top === 0) return null;
  let path = '';
  let height = 0;
  let run = 0;
  for (const n of [...steps, 0]) {
    const next = Math.round((n / top) * most * 10) / 10;
    if (next !== height) {
      if (run > 0) path += `h${round(run)}`;
      path += `v${Math.round((height - next) * 10) / 10}`;
      height = next;
      run = 0;
    }
    run += wide;
  }
  return html`<path class="${kind}" d="M0 ${floor}${raw(path)}z"/>`;
}

/** Returns the marks of failures, with their numbers for the page's script. */
export const marks = (points: readonly number[], words: MarkWords, view: MarkView, withNumbers = true): Markup =>
  html`<g class="marks"${withNumbers ? html` data-p="${raw(pointsText(points))}"` : null}>${raw(laneMarks(points, words, view))}</g>`;

/** Returns the row of a target: its name, which stays in view, and its lane. */
export function laneRow(lane: Lane, points: readonly number[], words: MarkWords, view: MarkView): Markup {
  const name = lane.pod ?? 'target not known';
  const short = name.split('/').at(-1)!;
  const { length } = lane.failures;
  return html`<div class="row lane"><div class="who"><b title="${name}"><i>${short.slice(0, -TAIL)}</i><u>${short.slice(-TAIL)}</u></b><span><i>${lane.target}</i><u> · ${length}</u></span></div><svg viewBox="0 0 ${PLOT} ${LANE}" role="img" aria-label="${name}, ${lane.target}: ${length} failed"><g class="t">${rate(lane, view)}${life(lane, view)}${registration(lane, view)}</g>${marks(points, words, view)}</svg></div>`;
}

/**
 * Draws the picture of an episode: time runs right, one lane per target. In a lane, from back to front: requests per second,
 * the pod's life, the target's registration above it, and each failed request as a line from its routing to its failure. The
 * picture's point is the gap between the end of a life and the last request routed to it.
 */
import { type ScaleTime, scaleUtc } from 'd3-scale';
import { count } from '../number/count.ts';
import { SECOND_MS } from '../time/time.ts';
import { html, type Markup } from './html.ts';
import type { Episode, EventTime, Failure, Lane } from './incident.ts';
import { classOf, colorOf, shapeOf } from './mark.ts';
import { clock, duration } from './text.ts';

const WIDTH = 1000;
const LABEL = 212;
const RIGHT = 16;
const AXIS = 26;
const LANE = 46;
/** Positions inside a lane: the registration, the life below it, and the marks between both. */
const REGISTRATION = { y: 6, height: 7 };
const LIFE = { y: 16, height: 18 };
const MARK = 8;
/** Longest part of a mark's text: urls and agents can be 8 KB. */
const PART = 80;

type Scale = ScaleTime<number, number>;

/** Returns the SVG of `lanes`. `named` distinguishes the pictures of a page. */
export function picture(episode: Episode, lanes: readonly Lane[], named: string): Markup {
  const height = AXIS + lanes.length * LANE + 8;
  const scale = scaleUtc([episode.from, episode.to], [LABEL, WIDTH - RIGHT]);
  return html`<svg class="picture" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${named}-title ${named}-desc" xmlns="http://www.w3.org/2000/svg">
<title id="${named}-title">Lives of ${count(lanes.length, 'target')} and the requests that failed there</title>
<desc id="${named}-desc">Time runs right, one lane per target: its life, its registration above, failed requests as marks from routing to failure. The table of targets below holds the same.</desc>
<defs><pattern id="${named}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="terminating" width="6" height="6"/><rect class="hatch" width="2" height="6"/></pattern></defs>
${axis(scale, height)}
${lanes.map((lane, i) => laneOf(lane, scale, AXIS + i * LANE, named))}
</svg>`;
}

function axis(scale: Scale, height: number): Markup {
  const ticks = scale.ticks(8);
  return html`<g class="axis">${ticks.map((tick) => {
    const x = round(scale(tick));
    return html`<path d="M${x} ${AXIS}V${height}"/><text x="${x}" y="16">${clock(tick.getTime())}</text>`;
  })}</g>`;
}

const round = (n: number): number => Math.round(n * 10) / 10;

/** Returns the middle of a moment's known interval. */
function at(moment: EventTime | null): number | null {
  if (!moment) return null;
  const { earliest, latest } = moment;
  return earliest !== null && latest !== null ? (earliest + latest) / 2 : (latest ?? earliest);
}

function laneOf(lane: Lane, scale: Scale, top: number, named: string): Markup {
  const label = lane.pod ?? 'target not known';
  const end = (text: string) => (text.length > 32 ? `…${text.slice(-31)}` : text);
  return html`<g class="lane" transform="translate(0 ${top})">
<path class="floor" d="M0 ${LANE}H${WIDTH}"/>
<text class="who" x="4" y="18">${end(label)}<title>${label}</title></text><text class="where" x="4" y="33">${end(lane.target)} · ${lane.failures.length} failed</text>
${rate(lane, scale)}
${life(lane, scale, named)}
${registration(lane, scale)}
${lane.failures.map((failure) => mark(failure, scale))}
</g>`;
}

/** Returns a span of time as x and width, clipped to the picture; null if it lies outside. */
function span(scale: Scale, from: number | null, to: number | null): { x: number; width: number } | null {
  const [first, last] = scale.domain() as [Date, Date];
  const begin = Math.max(from ?? first.getTime(), first.getTime());
  const end = Math.min(to ?? last.getTime(), last.getTime());
  if (end <= begin) return null;
  const x = scale(begin);
  return { x: round(x), width: Math.max(0.5, round(scale(end) - x)) };
}

function bar(
  kind: string,
  box: { y: number; height: number },
  part: { x: number; width: number } | null,
  says: string,
  fill?: string,
): Markup | null {
  if (!part) return null;
  const paint = fill ? html` fill="${fill}"` : html` class="${kind}"`;
  return html`<rect${paint} x="${part.x}" y="${box.y}" width="${part.width}" height="${box.height}"><title>${says}</title></rect>`;
}

/** Draws starting, ready and terminating (hatched during preStop). After the exit it draws nothing. */
function life(lane: Lane, scale: Scale, named: string): Markup | null {
  const created = at(lane.created);
  const ready = at(lane.ready);
  const deleted = at(lane.deleted);
  const exited = at(lane.exited);
  if (created === null && ready === null && deleted === null && exited === null) return null;
  const ends = deleted ?? exited;
  const stops = exited ?? (deleted === null ? null : deleted + SECOND_MS * (lane.pre_stop_seconds ?? 30));
  const preStopEnds =
    deleted === null || !lane.pre_stop_seconds
      ? deleted
      : Math.min(deleted + lane.pre_stop_seconds * SECOND_MS, stops!);
  const says = (word: string, moment: number | null) => `${word}${moment === null ? '' : ` ${clock(moment, 3)} UTC`}`;
  return html`${bar('starting', LIFE, span(scale, created, ready ?? ends), says('created', created))}
${bar('ready', LIFE, ready === null && created !== null ? null : span(scale, ready, ends), says('ready', ready))}
${deleted === null ? null : bar('', LIFE, span(scale, deleted, preStopEnds), says('preStop runs, deletion asked for', deleted), `url(#${named}-hatch)`)}
${deleted === null ? null : bar('terminating', LIFE, span(scale, preStopEnds, stops), exited === null ? 'terminating; its exit is not known' : says('exited', exited))}`;
}

function registration(lane: Lane, scale: Scale): Markup | null {
  const registered = at(lane.registered);
  const deregistered = at(lane.deregistered);
  const drained = at(lane.drained);
  if (registered === null && deregistered === null) return null;
  const says = (word: string, moment: number | null) => `${word}${moment === null ? '' : ` ${clock(moment, 3)} UTC`}`;
  return html`${bar('registered', REGISTRATION, span(scale, registered, deregistered), says('registered', registered))}
${deregistered === null ? null : bar('draining', REGISTRATION, span(scale, deregistered, drained), says('draining since', deregistered))}`;
}

function rate(lane: Lane, scale: Scale): Markup | null {
  const most = lane.rate.reduce((max, { requests }) => Math.max(max, requests), 0);
  if (most === 0) return null;
  const bottom = LANE - 1;
  const steps = lane.rate.map(({ second, requests }) => {
    const height = round((requests / most) * (LANE - 12));
    const x = round(scale(second));
    const width = Math.max(0.6, round(scale(second + SECOND_MS) - scale(second)));
    return `M${x} ${bottom}v${-height}h${width}v${height}z`;
  });
  return html`<path class="rate" d="${steps.join('')}"><title>requests a second, at most ${most}</title></path>`;
}

/**
 * Draws one failed request: its shape at the routing, a line to the failure, and a title for hover and focus. One short path,
 * because a page may hold ten thousand.
 */
function mark(failure: Failure, scale: Scale): Markup {
  const routed = failure.routed ?? failure.failed;
  const x = round(scale(routed));
  const took = round(scale(failure.failed) - scale(routed));
  const shape = `${shapeOf(failure.mechanism, MARK)}M0 0H${took}m0-4v8`;
  return html`<path class="mark ${classOf(failure.mechanism)}" tabindex="0" transform="translate(${x} ${LIFE.y + LIFE.height / 2})" d="${shape}"><title>${describeFailure(failure)}</title></path>
`;
}

/** Describes one failed request in a line: when, what, how long after which event. */
export function describeFailure(failure: Failure): string {
  const routed = failure.routed ?? failure.failed;
  const after = (
    [
      [failure.seconds_after_deletion, 'deletion'],
      [failure.seconds_after_deregistration, 'deregistration'],
      [failure.seconds_after_exit, 'exit'],
    ] as const
  )
    .filter(([seconds]) => seconds !== null && seconds >= 0)
    .map(([seconds, what]) => `${duration(seconds!)} after ${what}`);
  const request = failure.request_line ?? '';
  const parts = [
    `${clock(routed, 3)} UTC ${failure.elb_status_code} ${failure.mechanism}`,
    failure.cause ? `${failure.cause}${failure.confidence ? ` (${failure.confidence})` : ''}` : '',
    ...after,
    request,
    failure.trace_id ?? '',
  ];
  return parts
    .filter((part) => part !== '')
    .map((part) => (part.length > PART ? `${part.slice(0, PART)}…` : part))
    .join(' · ');
}

/** Explains the shapes and bars. */
export function legend(mechanisms: readonly string[]): Markup {
  const bars = ['starting', 'ready', 'terminating', 'registered', 'draining'];
  return html`<ul class="legend">${mechanisms.map(
    (mechanism) =>
      html`<li><svg viewBox="-6 -6 12 12" width="12" height="12" aria-hidden="true"><path stroke="${colorOf(mechanism)}" fill="${colorOf(mechanism)}" d="${shapeOf(mechanism, MARK)}"/></svg> ${mechanism}</li>`,
  )}${bars.map((kind) => html`<li><svg viewBox="0 0 16 10" width="16" height="10" aria-hidden="true"><rect class="${kind}" width="16" height="10"/></svg> ${kind}</li>`)}</ul>`;
}

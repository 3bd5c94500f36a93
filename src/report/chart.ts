/** Draws the small charts of the report as SVG with text: late-routing histogram and advice curve. */
import { scaleLinear } from 'd3-scale';
import { html, type Markup } from './html.ts';
import type { Advice } from './incident.ts';

const WIDTH = 640;
const HEIGHT = 180;
const [LEFT, RIGHT, TOP, BOTTOM] = [44, 14, 14, 30];

const round = (n: number): number => Math.round(n * 10) / 10;

interface Tick {
  at: number;
  text: string;
}

/** Returns the frame of every chart: a title (also for screen readers), axes with ticks, and the drawing between them. */
function frame(named: string, title: string, axes: { x: readonly Tick[]; y: readonly Tick[] }, inside: Markup): Markup {
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${named}" xmlns="http://www.w3.org/2000/svg"><title id="${named}">${title}</title>
<g class="axis">${axes.y.map(({ at, text }) => html`<path d="M${LEFT} ${at}H${WIDTH - RIGHT}"/><text class="y" x="${LEFT - 6}" y="${at + 4}">${text}</text>`)}${axes.x.map(({ at, text }) => html`<text x="${at}" y="${HEIGHT - 10}">${text}</text>`)}</g>
${inside}
</svg>`;
}

/** Returns a scale for counts: it starts at zero and has whole ticks. */
function countScale(most: number) {
  const scale = scaleLinear([0, Math.max(1, most)], [HEIGHT - BOTTOM, TOP]).nice(4);
  const ticks = scale
    .ticks(4)
    .filter(Number.isInteger)
    .map((n) => ({ at: round(scale(n)), text: String(n) }));
  return { scale, ticks };
}

/** A label at the right edge would leave the chart, so it has none. */
const secondsTicks = (scale: (n: number) => number, values: readonly number[]): Tick[] =>
  values.map((n) => ({ at: round(scale(n)), text: `${n} s` })).filter(({ at }) => at <= WIDTH - 2 * RIGHT);

/** Draws requests routed to terminating pods by second after the deletion: answered below, failed above. */
export function lateRouting({ late }: Advice, named: string): Markup {
  const last = Math.max(10, ...late.map(({ second }) => second + 1));
  const x = scaleLinear([0, last], [LEFT, WIDTH - RIGHT]);
  const { scale, ticks } = countScale(Math.max(0, ...late.map(({ answered, failed }) => answered + failed)));
  const width = Math.max(1, round(x(1) - x(0)) - 1);
  const bars = late.map(({ second, answered, failed }) => {
    const [top, middle, floor] = [scale(answered + failed), scale(answered), scale(0)].map(round) as [
      number,
      number,
      number,
    ];
    return html`<g><title>second ${second}: ${answered} answered, ${failed} failed</title><rect class="answered" x="${round(x(second))}" y="${middle}" width="${width}" height="${floor - middle}"/><rect class="failed" x="${round(x(second))}" y="${top}" width="${width}" height="${middle - top}"/></g>`;
  });
  return frame(
    named,
    'Requests routed to going targets, by second after their end began',
    { x: secondsTicks(x, x.ticks(8)), y: ticks },
    html`${bars}`,
  );
}

/** Draws remaining failures against seconds of service after the deletion, and marks the present and the advised setting. */
export function adviceCurve({ curve, today, advised }: Advice, named: string): Markup {
  const last = Math.max(10, today ?? 0, advised ?? 0, ...curve.map(({ seconds }) => seconds)) * 1.05;
  const x = scaleLinear([0, last], [LEFT, WIDTH - RIGHT]);
  const { scale, ticks } = countScale(Math.max(0, ...curve.map(({ failures }) => failures)));
  const steps = curve.map(({ seconds, failures }, i) =>
    i === 0 ? `M${round(x(seconds))} ${round(scale(failures))}` : `H${round(x(seconds))}V${round(scale(failures))}`,
  );
  const flag = (seconds: number | null, kind: string, text: string): Markup | null => {
    if (seconds === null) return null;
    const at = round(x(seconds));
    const anchor = at > WIDTH - 120 ? 'end' : 'start';
    return html`<g class="flag ${kind}"><path d="M${at} ${TOP}V${HEIGHT - BOTTOM}"/><text x="${at + (anchor === 'end' ? -4 : 4)}" y="${kind === 'today' ? TOP + 8 : TOP + 24}" text-anchor="${anchor}">${text} ${seconds} s</text></g>`;
  };
  return frame(
    named,
    'Failures left, against seconds that a target serves after its deletion',
    { x: secondsTicks(x, x.ticks(8)), y: ticks },
    html`<path class="curve" d="${steps.join('')}"/>${flag(today, 'today', 'today')}${flag(advised, 'advised', 'advised')}`,
  );
}

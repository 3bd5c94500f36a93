/** Prints the report for a terminal: 80 columns, with bars and sparklines that fall back to ASCII. */

import { spanText, UTC, type Zone } from '../time/zone.ts';
import type { Advice, Episode, Incident, Lane } from './incident.ts';
import type { Style } from './style.ts';
import { cellWidth, count, pad, printable, wrap } from './text.ts';

export interface TextOptions {
  /** Terminal cells. */
  width: number;
  /** Whether block characters may be used instead of ASCII. */
  unicode: boolean;
  style: Style;
  /** Default: UTC. */
  zone?: Zone;
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII = ['.', ':', '-', '=', '+', '*', '#', '@'];

/** Most lanes and buckets here; the page shows all. */
const LANES = 8;
/** Cells of the names of lanes. */
const NAME = { least: 26, most: 36 };

/** Returns one character for each value, the greatest highest; zero is a blank. */
export function sparkline(values: readonly number[], unicode: boolean): string {
  const most = values.reduce((max, value) => Math.max(max, value), 0);
  const steps = unicode ? BLOCKS : ASCII;
  return values
    .map((value) => (value <= 0 ? ' ' : steps[Math.max(0, Math.ceil((value / most) * steps.length) - 1)]!))
    .join('');
}

/** Returns a bar that fills `share` (0 to 1) of `width` cells. */
export function bar(share: number, width: number, unicode: boolean): string {
  const full = share > 0 ? Math.max(1, Math.round(share * width)) : 0;
  return (unicode ? '█' : '#').repeat(full);
}

/** Returns the report, lines ended. */
export function incidentText(incident: Incident, options: TextOptions): string {
  const { style, width } = options;
  const lines = [
    ...wrap(incident.headline, width).map((line) => style.strong(line)),
    ...wrap(`Cause: ${incident.cause}`, width, '  ', '  '),
    ...wrap(`Fix: ${incident.fix}`, width, '  ', '  '),
    ...incident.keepAlive.flatMap((sentence) => wrap(`Keep-alive: ${sentence}`, width, '  ', '  ')),
    '',
    ...causeBars(incident, options),
    ...incident.episodes.slice(0, 5).flatMap((episode) => ['', ...episodeLines(episode, options)]),
    ...incident.advice.flatMap((advice) => ['', ...adviceLines(advice, options)]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function causeBars({ causes, failures }: Incident, { unicode, width, style }: TextOptions): string[] {
  return causes.map(({ cause, failures: own }) => {
    const label = `  ${pad(printable(cause), 20, 'right')} ${pad(String(own), 6, 'left')} `;
    return `${label}${style.bad(bar(own / failures, Math.max(10, width - label.length), unicode))}`;
  });
}

function episodeLines(episode: Episode, options: TextOptions): string[] {
  const { style, width } = options;
  const room = Math.max(10, width - 4);
  const perCell = (episode.to - episode.from) / room;
  const cells = new Array<number>(room).fill(0);
  for (const { second, failures } of episode.perSecond) {
    const cell = Math.min(room - 1, Math.max(0, Math.floor((second - episode.from) / perCell)));
    cells[cell]! += failures;
  }
  const lanes = episode.lanes.slice(0, LANES);
  const more = episode.lanes.length - lanes.length;
  const longest = lanes.reduce((most, { pod, target }) => Math.max(most, cellWidth(printable(pod ?? target))), 0);
  const nameCells = Math.min(NAME.most, Math.max(NAME.least, longest));
  return [
    style.strong(
      `${spanText(episode.from, episode.to, options.zone ?? UTC)}, ${count(episode.failures, 'failure')} at ${count(episode.lanes.length, 'target')}`,
    ),
    `  ${sparkline(cells, options.unicode)}`,
    ...lanes.flatMap((lane) => laneLines(lane, episode, nameCells, options)),
    ...(more > 0 ? [style.faint(`  and ${count(more, 'more target')}`)] : []),
    ...(lanes.length > 0 ? [style.faint(legendLine(options.unicode))] : []),
  ];
}

const legendLine = (unicode: boolean): string =>
  unicode
    ? '  ━ ready  ╌ terminating  x failed requests (at the routing)'
    : '  = ready  ~ terminating  x failed requests (at the routing)';

/** Prints the lane of one target: its pod's life as a line of characters, with failures above. A long name has its own line. */
function laneLines(lane: Lane, episode: Episode, nameCells: number, { width, unicode }: TextOptions): string[] {
  const name = printable(lane.pod ?? lane.target);
  const isLong = cellWidth(name) > nameCells;
  const label = `  ${pad(isLong ? '' : name, nameCells, 'right')} ${pad(String(lane.failures.length), 4, 'left')} `;
  const room = Math.max(10, width - label.length);
  const [alive, ending] = unicode ? ['━', '╌'] : ['=', '~'];
  const middle = (moment: Lane['deleted']) => moment?.latest ?? moment?.earliest ?? null;
  const [begins, deleted, exited] = [middle(lane.ready ?? lane.created), middle(lane.deleted), middle(lane.exited)];
  const cells = Array.from({ length: room }, (_, i) => {
    const at = episode.from + ((i + 0.5) / room) * (episode.to - episode.from);
    if (begins === null && deleted === null) return ' ';
    if (begins !== null && at < begins) return ' ';
    if (exited !== null && at >= exited) return ' ';
    return deleted !== null && at >= deleted ? ending! : alive!;
  });
  for (const { routed, failed } of lane.failures) {
    const share = ((routed ?? failed) - episode.from) / (episode.to - episode.from);
    cells[Math.min(room - 1, Math.max(0, Math.floor(share * room)))] = 'x';
  }
  return [...(isLong ? [`  ${name}`] : []), `${label}${cells.join('')}`.trimEnd()];
}

function adviceLines(advice: Advice, { unicode, width, style }: TextOptions): string[] {
  const last = advice.late.reduce((most, { second }) => Math.max(most, second), 0);
  const values = Array.from({ length: Math.min(last + 1, width - 4) }, () => 0);
  for (const { second, answered, failed } of advice.late)
    if (second < values.length) values[second]! += answered + failed;
  return [
    style.strong(printable(advice.workload)),
    ...wrap(advice.sentence, width, '  ', '  '),
    ...(values.length > 1
      ? [`  requests by second after the deletion, 0 to ${values.length - 1} s:`, `  ${sparkline(values, unicode)}`]
      : []),
  ];
}

/**
 * Prints the story of one request as a timeline for people.
 *
 *     seconds from routing   what happened
 *     +0.000                 routed to 10.0.2.61:1325
 *     -0.316 or before       deletion of pod api-7cf849584f-kh7vk was asked for
 *     +9.13 .. +10.13        last container of the pod ended: known to the second only
 */
import { MILLISECOND, SECOND_MS } from '../time/time.ts';
import { PLAIN, type Style } from './style.ts';
import { duration, printable } from './text.ts';

/** One event. An unknown side is null, never both. Times are ISO 8601. */
export interface StoryEvent {
  earliest: string | null;
  latest: string | null;
  what: string;
  /** A time of this event's cause. The event is shown after it, even if clocks say otherwise. */
  follows?: string | null;
}

export interface Story {
  traceId: string | null;
  /** `object_id:line`. */
  place: string;
  requestLine: string | null;
  routed: string | null;
  failed: string;
  status: string;
  targetGroup: string | null;
  mechanism: string | null;
  cause: string | null;
  confidence: string | null;
  otherCause: string | null;
  /** Id of the rule that gave the verdict, and the rule's condition. */
  rule: string | null;
  condition: string | null;
  /** Whether the balancer knew that the target was going. */
  told: string | null;
  targetWas: string | null;
  pattern: string | null;
  /** Least seconds between the compared times; null if one time is unknown. */
  numbers: Readonly<Record<string, number | null>>;
  because: string | null;
  nextStep: string | null;
  missing: string | null;
  evidence: string | null;
  timeline: readonly StoryEvent[];
}

const WIDTH = 80;
const WHEN = 22;
/** Most sources to name. */
const SOURCES = 6;

const millis = (time: string): number => Date.parse(time) + Number(/\.\d{3}(\d+)/.exec(time)?.[1] ?? 0) / MILLISECOND;

/** Wraps the text at `width`. A longer word gets its own line and is cut. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    for (let rest = word; ; rest = rest.slice(width)) {
      const piece = rest.slice(0, width);
      if (line !== '' && line.length + 1 + piece.length > width) {
        lines.push(line);
        line = piece;
      } else line = line === '' ? piece : `${line} ${piece}`;
      if (rest.length <= width) break;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** `+0.316 s`, `-4 s .. -2 s`, `-1 s or before`: time relative to the routing. An interval is never shown as one moment. */
function whenOf({ earliest, latest }: StoryEvent, routed: string): string {
  const at = (time: string): string => {
    const seconds = (millis(time) - millis(routed)) / SECOND_MS;
    return seconds < 0 ? `-${duration(-seconds)}` : `+${duration(seconds)}`;
  };
  if (earliest === null) return `${at(latest!)} or before`;
  if (latest === null) return `${at(earliest)} or after`;
  return at(earliest) === at(latest) ? at(latest) : `${at(earliest)} .. ${at(latest)}`;
}

/** Sort key: the earliest possible time, so that a cause never follows its effect. */
const order = ({ earliest, latest, follows }: StoryEvent): number =>
  Math.max(millis(earliest ?? latest!), follows ? millis(follows) : Number.NEGATIVE_INFINITY);

/** Returns the story, lines ended, none wider than 80. */
export function tellStory(story: Story, style: Style = PLAIN): string {
  const lines: string[] = [];
  const say = (text: string, indent = ''): void => {
    for (const line of wrap(printable(text), WIDTH - indent.length)) lines.push(indent + line);
  };
  say(`request ${story.traceId ?? story.place} (${story.place})`);
  if (story.requestLine) say(story.requestLine, '  ');
  say(`${story.status}, target group ${story.targetGroup ?? 'none'}`, '  ');
  lines.push('');
  const routed = story.routed ?? story.failed;
  lines.push(style.faint(`  ${'from routing'.padEnd(WHEN)} what happened (UTC)`));
  for (const event of [...story.timeline].sort(
    (a, b) => order(a) - order(b) || (a.follows ? 1 : 0) - (b.follows ? 1 : 0),
  )) {
    const when = whenOf(event, routed);
    const clock = (event.earliest ?? event.latest!).slice(11, 23);
    const text = wrap(printable(`${clock} ${event.what}`), WIDTH - WHEN - 3);
    if (when.length > WHEN) lines.push(`  ${when}`);
    lines.push(`  ${(when.length > WHEN ? '' : when).padEnd(WHEN)} ${text[0] ?? ''}`);
    for (const more of text.slice(1)) lines.push(`  ${' '.repeat(WHEN)} ${more}`);
  }
  lines.push('');
  if (story.mechanism === null) say('It was answered; nothing failed between the balancer and the target.');
  else {
    const cause = story.cause === null ? '' : `, cause ${story.cause}`;
    const sure = story.confidence === null ? '' : ` (${story.confidence})`;
    const other = story.otherCause === null ? '' : `, or else ${story.otherCause}`;
    say(`${story.mechanism}${cause}${sure}${other}`);
    say(story.because ?? '', '  ');
    say(`rule ${story.rule}: ${story.condition}`, '  ');
    const facts = [
      ...Object.entries(story.numbers).flatMap(([name, seconds]) =>
        seconds === null ? [] : [`${name} >= ${Number(seconds.toFixed(3))} s`],
      ),
      ...(story.told === null ? [] : [`told: ${story.told}`]),
      ...(story.targetWas === null ? [] : [`the target was ${story.targetWas}`]),
      ...(story.pattern === null ? [] : [`pattern: ${story.pattern}`]),
    ];
    if (facts.length > 0) say(facts.join(', '), '  ');
    if (story.nextStep) say(`Next: ${story.nextStep}`, '  ');
  }
  if (story.missing) say(`More evidence needed: ${story.missing}.`, '  ');
  const sources = story.evidence?.split('; ') ?? [];
  if (sources.length > 0) {
    say('evidence:', '  ');
    for (const source of sources.slice(0, SOURCES)) say(source, '    ');
    if (sources.length > SOURCES) say(`and ${sources.length - SOURCES} more`, '    ');
  }
  return lines.map((line) => `${line}\n`).join('');
}

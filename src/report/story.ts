/**
 * Prints the story of one request for people: the verdict, and a timeline.
 *
 *     seconds from routing   what happened
 *     +0.000                 routed to 10.0.2.61:1325
 *     -0.316 or before       deletion of pod api-7cf849584f-kh7vk was asked for
 *     +9.13 .. +10.13        last container of the pod ended: known to the second only
 */
import { MILLISECOND, SECOND_MS } from '../time/time.ts';
import { timesIn, timeText, UTC, wallTime, type Zone } from '../time/zone.ts';
import { PLAIN, type Style } from './style.ts';
import { duration, printable, wrap } from './text.ts';

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
  /** The evidence that would settle what is open, and where to get it. */
  missing: string | null;
  remedy: string | null;
  /** Objects and lines with the evidence. */
  evidence: readonly string[];
  timeline: readonly StoryEvent[];
}

const WIDTH = 80;
const WHEN = 22;
/** Most sources to name. */
const SOURCES = 6;

const millis = (time: string): number => Date.parse(time) + Number(/\.\d{3}(\d+)/.exec(time)?.[1] ?? 0) / MILLISECOND;

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

/** Returns the story, lines ended, none wider than 80 but for a name that is. */
export function tellStory(story: Story, style: Style = PLAIN, zone: Zone = UTC): string {
  const lines: string[] = [];
  const say = (text: string, indent = ''): void => {
    lines.push(...wrap(text, WIDTH, indent, indent));
  };
  say(`request ${story.traceId ?? story.place} (${story.place})`);
  if (story.requestLine) say(story.requestLine, '  ');
  say(`${story.status}, target group ${story.targetGroup ?? 'none'}`, '  ');
  const routed = story.routed ?? story.failed;
  const { day, offset } = wallTime(routed, zone);
  say(`${story.routed === null ? 'answered' : 'routed'} at ${timeText(routed, zone, 3)}`, '  ');
  lines.push('');
  if (story.mechanism === null) say('It was answered; nothing failed between the balancer and the target.');
  else {
    const cause = story.cause === null ? '' : `, cause ${story.cause}`;
    const sure = story.confidence === null ? '' : ` (${story.confidence})`;
    const other = story.otherCause === null ? '' : `, or else ${story.otherCause}`;
    say(`${story.mechanism}${cause}${sure}${other}`);
    const shown = printable(story.cause ?? '');
    const last = lines.length - 1;
    if (shown !== '') lines[last] = lines[last]!.replace(`cause ${shown}`, () => `cause ${style.cause(shown, shown)}`);
    say(timesIn(story.because ?? '', zone), '  ');
  }
  lines.push('');
  lines.push(style.faint(`  ${'from routing'.padEnd(WHEN)} what happened (${offset})`));
  for (const event of [...story.timeline].sort(
    (a, b) => order(a) - order(b) || (a.follows ? 1 : 0) - (b.follows ? 1 : 0),
  )) {
    const when = whenOf(event, routed);
    const at = wallTime(event.earliest ?? event.latest!, zone);
    // The heading has the offset, the line above it the day.
    const clock = [at.day === day ? '' : at.day, at.clock, at.offset === offset ? '' : at.offset];
    const text = wrap([...clock, event.what].filter((part) => part !== '').join(' '), WIDTH - WHEN - 3);
    if (when.length > WHEN) lines.push(`  ${when}`);
    lines.push(`  ${(when.length > WHEN ? '' : when).padEnd(WHEN)} ${text[0] ?? ''}`);
    for (const more of text.slice(1)) lines.push(`  ${' '.repeat(WHEN)} ${more}`);
  }
  const timelineEnd = lines.length;
  if (story.mechanism !== null) {
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
    if (story.nextStep) say(timesIn(`Next: ${story.nextStep}`, zone), '  ');
  }
  if (story.missing) {
    say(`More evidence needed: ${story.missing}.`, '  ');
    if (story.remedy !== null && story.remedy !== story.missing) say(story.remedy, '    ');
  }
  const sources = story.evidence;
  if (sources.length > 0) {
    say('evidence:', '  ');
    for (const source of sources.slice(0, SOURCES)) say(source, '    ');
    if (sources.length > SOURCES) say(`and ${sources.length - SOURCES} more`, '    ');
  }
  if (lines.length > timelineEnd) lines.splice(timelineEnd, 0, '');
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * Tables of pods whose every line has a time before it, as `kubectl get pods --watch | ts` and `while read` write them. The time
 * may lack its zone, its year or its day: then it is the last such time that is not after the capture.
 */
import { DAY, type Micros, toMillis } from '../time/time.ts';
import { type Interval, parseTime } from './moment.ts';
import { quote } from './rejection.ts';
import { timeOfLine } from './said-time.ts';

/** The header, of any output that has the columns of a pod; `--output-watch-events` puts a column before them. */
const HEADER = /^(?:EVENT +)?(?:NAMESPACE +)?NAME +READY +STATUS +RESTARTS +AGE\b/;
const HEADER_INSIDE = /(?<=[\s\])|:-])(?:EVENT +)?(?:NAMESPACE +)?NAME +READY +STATUS +RESTARTS +AGE\b/;

/** A longer one holds more than a time. */
const MAX_STAMP = 60;

/** A clock with at most a month and a day: `Mar 01 10:00:05`, `[10:00:05.120]`. */
const CLOCK =
  /^[[(]?(?:([A-Z][a-z]{2}) +(\d{1,2}) +)?(\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?[\])]?$/;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Letters of a zone that is no offset, in what `date` prints. */
const LETTERS = /^[A-Z][a-z]{2},? .*\d\d:\d\d(?: [AP]M)? ([A-Z]{3,5})(?: \d{4})?$/;

/** Returns whether a line is the header of such a table, with nothing before it. */
export const isPlainHeader = (line: string): boolean => HEADER.test(line);

/** A row of a pod, whose header `--no-headers` or grep left out: name, containers, status, restarts and age tell it. */
const BARE_ROW =
  /^([a-z0-9][a-z0-9-]{0,62} {2,})?(?:pod\/)?[a-z0-9][a-z0-9.-]{0,252} {2,}\d{1,3}\/\d{1,3} {2,}[A-Z][A-Za-z0-9:/]{2,40} {2,}\d{1,5}(?: \(\S{1,20} ago\))? {2,}\d{1,5}[ydhms][ydhms\d]{0,12}(?= {2,}|$)(.*)$/;

/** Returns the header that a row without one had; null for any other line. */
export function headerOfRow(line: string): string | null {
  const match = BARE_ROW.exec(line.trimEnd());
  if (!match) return null;
  const more = match[2]!.trim() === '' ? 0 : match[2]!.trim().split(/ {2,}/).length;
  const titles = ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'];
  return [...(match[1] === undefined ? [] : ['NAMESPACE']), ...titles.slice(0, 5 + more)].join('   ');
}

/** Returns what stands before the header in a line, if that is a time; null for any other line. */
export function stampBeforeHeader(line: string): string | null {
  if (isPlainHeader(line)) return null;
  const start = line.slice(0, MAX_STAMP + 40).search(HEADER_INSIDE);
  const stamp = start > 0 ? line.slice(0, start) : '';
  return stamp !== '' && start <= MAX_STAMP && isStamp(bare(stamp)) ? stamp : null;
}

/** Without what people put between a time and a row. */
const bare = (stamp: string): string => stamp.trim().replace(/ ?[:|-]+$/, '');

const isStamp = (text: string): boolean => timeOfLine(text) !== null || CLOCK.test(text) || LETTERS.test(text);

/** Returns what matches the same stamp before another line. */
export function stampLike(stamp: string): RegExp {
  const pattern = stamp
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\d+/g, '\\d+')
    .replace(/(?<![\\A-Za-z])[A-Za-z]{3,}/g, '[A-Za-z]{3,9}')
    .replace(/ +/g, ' +');
  return new RegExp(`^${pattern}`);
}

/** Returns the time that stands before a row, or a reason why it is none. `latest` is when the capture ended. */
export function stampTime(stamp: string, latest: Micros | null, timezoneMinutes: number): Interval | string {
  const text = bare(stamp);
  const printed = timeOfLine(text);
  const whole = printed === null ? null : parseTime(printed, timezoneMinutes);
  if (whole !== null) return whole;
  const letters = LETTERS.exec(text);
  if (letters) return `bad_time: the zone ${letters[1]} is no offset: write date -u`;
  const clock = CLOCK.exec(text);
  if (!clock) return `bad_time: ${quote(text)}`;
  if (latest === null) return 'no_capture_time: the time has no date: give --captured-at';
  const [, month, day, time, zone] = clock;
  const offset = zone === undefined ? '' : zone === 'UTC' || zone === 'GMT' ? 'Z' : zone;
  for (const date of month === undefined ? daysBefore(latest) : yearsBefore(latest, month, day!)) {
    const at = parseTime(`${date}T${time}${offset}`, timezoneMinutes);
    if (at && at.earliest <= latest) return at;
  }
  return `bad_time: ${quote(text)}`;
}

/** The next day in UTC may be the day of the capture elsewhere. */
const daysBefore = (latest: Micros): string[] =>
  [1, 0, -1, -2].map((days) => new Date(toMillis(latest + days * DAY)).toISOString().slice(0, 10));

function yearsBefore(latest: Micros, month: string, day: string): string[] {
  const year = new Date(toMillis(latest)).getUTCFullYear();
  const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0');
  return [1, 0, -1, -2, -3, -4].map((years) => `${year + years}-${number}-${day.padStart(2, '0')}`);
}

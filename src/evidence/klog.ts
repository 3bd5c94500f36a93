/** Lines of klog, the log of programs of Kubernetes: level, month, day, time, thread, file; no year. */
import { DAY, type Micros, toMillis } from '../time/time.ts';
import { type Interval, parseTime } from './moment.ts';
import { quote } from './rejection.ts';

const KLOG = /^[IWEF](\d\d)(\d\d) (\d\d:\d\d:\d\d\.\d{1,6})\s+\d+ ([\w./-]*):\d+\] /;

/** Where a line begins, by its prefix. */
const START = /(?:^|[\s:|>=\](}'+-])([IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,6}\s+\d+ [\w./-]*:\d+\] )/;

export interface KlogLine {
  month: string;
  day: string;
  time: string;
  /** Source file that wrote it. */
  file: string;
  message: string;
}

/** Splits a line of klog into its parts; null for any other line. */
export function splitKlog(text: string): KlogLine | null {
  const match = KLOG.exec(text);
  if (!match) return null;
  const [prefix, month, day, time, file] = match;
  return { month: month!, day: day!, time: time!, file: file!, message: text.slice(prefix.length) };
}

/** Returns where in a text a line of klog begins, -1 when none does. */
export function klogStart(text: string): number {
  const match = START.exec(text);
  return match ? match.index + match[0].length - match[1]!.length : -1;
}

/** Returns its time, in the last year in which the day is not after `latest`; a day of slack for clocks and zones. */
export function klogTime(line: KlogLine, latest: Micros | null, timezoneMinutes: number): Interval | string {
  if (latest === null) return 'no_capture_time: the line has no year: give --captured-at';
  const { month, day, time } = line;
  const year = new Date(toMillis(latest)).getUTCFullYear();
  for (const candidate of [year + 1, year, year - 1, year - 2, year - 3, year - 4]) {
    const at = parseTime(`${candidate}-${month}-${day}T${time}`, timezoneMinutes);
    if (at && at.earliest <= latest + DAY) return at;
  }
  return `bad_time: ${quote(`${month}${day} ${time}`)}`;
}

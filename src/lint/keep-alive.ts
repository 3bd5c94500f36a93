/** The keep-alive timeout of an application: measured, stated on its command line, or its server's default. */
import { count } from '../report/text.ts';
import type { ManifestField } from './field.ts';
import type { Measured } from './window.ts';

export interface KeepAlive {
  seconds: number;
  /** The first half of a sentence. */
  says: string;
  field: ManifestField;
  /** False for the default of a server, which code may change. */
  isSure: boolean;
}

/** Most text of a command line that is looked at. */
const MAX_LINE = 4096;

/** Flags of servers that set it, in seconds. */
const FLAGS: readonly (readonly [server: RegExp, flag: RegExp])[] = [
  [/\bgunicorn\b|\bhypercorn\b/, /--keep-alive[= ](\d{1,5})\b/],
  [/\buvicorn\b/, /--timeout-keep-alive[= ](\d{1,5})\b/],
  [/\bwaitress-serve\b/, /--channel-timeout[= ](\d{1,5})\b/],
];

/** Defaults that the servers document, where the command names the server. Sync workers of gunicorn keep nothing alive. */
const DEFAULTS: readonly (readonly [server: string, pattern: RegExp, seconds: number])[] = [
  ['uvicorn', /(?:^|[\s/])uvicorn(?:\s|$)/, 5],
  ['gunicorn', /(?:^|[\s/])gunicorn\s(?:.*\s)?(?:-k|--worker-class)[= ]?\S*(?:gthread|gevent|eventlet|uvicorn)/i, 2],
  ['Node.js', /(?:^|[\s/])node(?:js)?\s+\S+\.[cm]?js(?:\s|$)/, 5],
];

/** A command line as far as a manifest has it. */
export type CommandWords = readonly { text: string; field: ManifestField }[];

/** Returns the timeout that is known of a workload, from the best source; null where none knows it. */
export function keepAliveOf(
  names: readonly string[],
  words: CommandWords,
  at: ManifestField,
  { keepAlive }: Measured,
): KeepAlive | null {
  const seen = keepAlive.find(({ workload }) => names.includes(workload));
  if (seen) {
    const says = `The application closes idle connections after ${seen.seconds.toFixed(1)} s (measured: ${count(seen.races, 'race')})`;
    return { seconds: seen.seconds, says, field: at, isSure: true };
  }
  const line = words
    .map(({ text }) => text)
    .join(' ')
    .slice(0, MAX_LINE);
  const field = words[0]?.field ?? at;
  for (const [server, flag] of FLAGS) {
    const [whole, seconds] = server.test(line) ? (flag.exec(line) ?? []) : [];
    if (whole === undefined || seconds === undefined) continue;
    const name = whole.split(/[= ]/)[0]!;
    const own = words.find(({ text }) => text.includes(name))?.field;
    return { seconds: Number(seconds), says: `The command has ${whole}`, field: own ?? field, isSure: true };
  }
  for (const [server, pattern, seconds] of DEFAULTS) {
    if (!pattern.test(line)) continue;
    const says = `${server} closes idle connections after ${seconds} s unless its code or configuration says otherwise`;
    return { seconds, says, field, isSure: false };
  }
  return null;
}

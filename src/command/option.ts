/** Flags that several commands share, and their parsers. */
import { totalmem } from 'node:os';
import { nearest } from '../query/parameter.ts';
import { FORMATS, type Format } from '../report/rows.ts';
import { DAY, DAY_MS, fromMillis, HOUR_MS, MINUTE_MS, type Micros, SECOND_MS } from '../time/time.ts';
import { parseTypedTime } from '../time/typed.ts';
import { fromWall, parseZone, UTC, type Zone } from '../time/zone.ts';
import { CliError, EXIT } from './error.ts';

export const formatOption = {
  type: 'string',
  choices: FORMATS,
  describe: 'output format',
} as const;

/** Which columns of an answer are written, and whether each cell has a line. */
export const rowOptions = {
  columns: { type: 'string', requiresArg: true, describe: 'only these columns, in this order: a,b' },
  vertical: { type: 'boolean', default: false, describe: 'a line for each cell, nothing cut (--format vertical)' },
} as const;

export interface RowArguments {
  columns: string | undefined;
  vertical: boolean;
}

/** Returns the format of rows that the flags ask for, undefined if they ask for no rows. Throws CliError. */
export function rowFormat(args: RowArguments & { format: Format }): Format;
export function rowFormat(args: RowArguments & { format: Format | undefined }): Format | undefined;
export function rowFormat({
  format,
  columns,
  vertical,
}: RowArguments & { format: Format | undefined }): Format | undefined {
  if (!vertical) return format ?? (columns === undefined ? undefined : 'table');
  if (format === undefined || format === 'table' || format === 'vertical') return 'vertical';
  throw new CliError(`--vertical is a form of the table: leave --vertical or --format ${format} out`, EXIT.usage);
}

export const waitOption = {
  type: 'number',
  default: 10,
  describe: 'seconds to wait while another draintrace holds the database',
} as const;

export const fromOption = {
  type: 'string',
  describe: 'start of the window: RFC 3339, a date, 14:00, or relative as -2h',
} as const;

export const toOption = { type: 'string', describe: 'end of the window, not included' } as const;

/** The zone of a person. As for `load`, --timezone is that of times without an offset; here it is also that of the shown ones. */
export const zoneOptions = {
  timezone: {
    type: 'string',
    requiresArg: true,
    describe:
      'show times in this zone (+08:00, Asia/Shanghai), and read typed times without an offset in it; default: UTC',
  },
  local: { type: 'boolean', default: false, describe: "the same with this machine's zone" },
} as const;

export interface ZoneArguments {
  timezone: string | undefined;
  local: boolean;
}

/** Returns the zone of the machine's clock, where Node has no name for it, as with TZ=UTC-14 or a TZ that is mistyped. */
function clockZone(): Zone | null {
  const offsetAt = (milliseconds: number): number => -new Date(milliseconds).getTimezoneOffset();
  return offsetAt(Date.now()) === 0 ? null : { name: 'local', offsetAt };
}

/** Parses --timezone and --local. Throws CliError. */
export function zoneOption(
  { timezone, local }: ZoneArguments,
  env: Readonly<Record<string, string | undefined>>,
): Zone {
  if (local && timezone !== undefined) {
    throw new CliError('--local and --timezone exclude each other: give one of them', EXIT.usage);
  }
  if (local) {
    // TZ may be in a form that only the C library reads; then Node's own answer counts.
    const named = env.TZ ? parseZone(env.TZ.replace(/^:/, '')) : null;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions() as { timeZone: string | undefined };
    return named ?? (timeZone === undefined ? clockZone() : parseZone(timeZone)) ?? UTC;
  }
  if (timezone === undefined) return UTC;
  const zone = parseZone(timezone);
  if (zone === null) {
    throw new CliError(`--timezone ${timezone} is not a zone: write it as +08:00 or Asia/Shanghai`, EXIT.usage);
  }
  return zone;
}

/** Parses the time of a flag, null for an absent flag. A time without an offset is of `zone`. Throws CliError. */
export function timeOption(text: string | undefined, flag: string, now: Micros, zone: Zone = UTC): Micros | null {
  if (text === undefined) return null;
  const time = parseTypedTime(text, now, (wall) => fromWall(wall, zone));
  if (time === null) {
    const hint =
      'use RFC 3339 (2026-01-31T08:00:00Z), a date, yesterday, a time as 14:00, relative as -2h, or seconds since 1970';
    throw new CliError(`--${flag} ${text} is not a time: ${hint}`, EXIT.usage);
  }
  return time;
}

/** Returns the error for a window that ends before it begins. */
export const reversedWindow = ({ from, to }: { from?: string | undefined; to?: string | undefined }): CliError =>
  new CliError(`--from ${from ?? '-24h'} is not before --to ${to ?? 'now'}: give the earlier time first`, EXIT.usage);

const UNIT: Readonly<Record<string, number>> = { K: 1, M: 2, G: 3, T: 4 };
/** A database does not open with less. */
const LEAST_MEMORY = 32e6;

/** Returns DuckDB's memory limit. A percentage counts of the memory of this machine or container. Throws CliError. */
export function memoryOption(text: string, flag = '--memory'): string {
  const [, number = '', prefix = '', binary] = /^(\d+(?:\.\d+)?)\s*(?:([KMGT])(i?)B|%)$/i.exec(text.trim()) ?? [];
  const share = prefix === '';
  const available = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
  const base = binary ? 1024 : 1000;
  const bytes = share ? (Number(number) / 100) * available : Number(number) * base ** UNIT[prefix.toUpperCase()]!;
  if (number === '' || (share && !(Number(number) <= 100)) || !Number.isFinite(bytes)) {
    throw new CliError(`${flag} ${text} is not a size: write it as 512MB, 2GB or 50%`, EXIT.usage);
  }
  if (bytes < LEAST_MEMORY) throw new CliError(`${flag} ${text} is too little: give 32MB at least`, EXIT.usage);
  return `${Math.floor(bytes / 1000)}KB`;
}

/** Returns the comma list of a repeatable flag, null without values. Throws CliError. */
export function wordsOption(
  words: readonly string[] | undefined,
  flag: string,
  known: readonly string[],
): string | null {
  const given = (words ?? []).flatMap((word) => word.split(',')).filter((word) => word !== '');
  for (const word of given) {
    if (!known.includes(word)) throw unknownWord(`--${flag} ${word} is not known`, word, known);
  }
  return given.length > 0 ? given.join(',') : null;
}

/** Returns the error for an unknown word: it names the nearest known word, else all. */
export function unknownWord(what: string, word: string, known: readonly string[]): CliError {
  const near = nearest(word, known);
  return new CliError(`${what}: ${near ? `did you mean ${near}?` : `use one of ${known.join(', ')}`}`, EXIT.usage);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/** Parses the milliseconds of a flag. Throws CliError. */
export function durationOption(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  const ms = match ? Number(match[1]) * UNIT_MS[match[2]!]! : 0;
  // Timers take at most 2^31 milliseconds.
  if (!(ms > 0 && ms < 2 ** 31))
    throw new CliError(`--${flag} ${text} is not a time: write it as 90s, 15m or 12h`, EXIT.usage);
  return ms;
}

/** Why a retention is refused: `m` is minutes, and whoever meant months would lose everything. */
export const RETENTION_HINT = 'is not a time span of a day or more: write it as 30d';

/** Returns the microseconds of a retention, as `30d` or `540h`; null for one of less than a day, or another text. */
export function parseRetention(text: string): Micros | null {
  const match = /^(\d{1,6})([hd])$/.exec(text);
  const span = match ? fromMillis(Number(match[1]) * UNIT_MS[match[2]!]!) : 0;
  return span >= DAY ? span : null;
}

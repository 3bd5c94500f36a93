/** Finds the requests that `explain` is asked about: by name, or by what somebody knows who reports a failure. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { BoundValue } from '../query/parameter.ts';
import { count, duration, wrap } from '../report/text.ts';
import type { Cell } from '../store/select.ts';
import { fromMillis, HOUR_MS, MINUTE, type Micros, SECOND, SECOND_MS, toMillis, toSeconds } from '../time/time.ts';
import { timeText, UTC, type Zone } from '../time/zone.ts';
import { ask } from './ask.ts';
import { coverageOf } from './coverage.ts';
import { CliError, EXIT } from './error.ts';
import { unknownWord } from './option.ts';

/** Place of a request: object and line, and its time, which says where the row is stored. */
export interface RequestPlace {
  object_id: number;
  line: number;
  time: string;
}

type Row = Record<string, Cell>;

/** Conditions for a request whose trace id is not known. */
export interface Selector {
  client: string | undefined;
  target: string | undefined;
  url: string | undefined;
  status: number | undefined;
  rollout: string | undefined;
  at: Micros | null;
}

/** The found requests, nearest first, and a line for each. */
export interface Matches {
  places: RequestPlace[];
  /** The list for people, lines ended; empty if one request alone is near. */
  list: string;
  /** Whether even the nearest is far from the time that was asked for. */
  isFar: boolean;
}

/** Requests that are further away than this are looked for only if there is none nearer. */
const NEAR: Micros = 10 * MINUTE;
const WIDTH = 80;

const text = (value: string | null): BoundValue => ({ type: 'text', value });
const textOf = (cell: Cell | undefined): string | null => (cell === null || cell === undefined ? null : String(cell));
const integer = (value: number | null): BoundValue => ({ type: 'integer', value });

/** Returns the requests that the word names, at most a few: a trace id may be repeated. Throws CliError. */
export async function findByName(connection: DuckDBConnection, given: string): Promise<RequestPlace[]> {
  // A word copied from a CSV ends in a carriage return and may be quoted.
  const request = given.trim().replace(/^"(.*)"$/, '$1');
  const [, object, line] = /^(.+):(\d{1,15})$/.exec(request) ?? [];
  const rows =
    object !== undefined && line !== undefined
      ? await findLine(connection, object, Number(line))
      : await findTraceId(connection, request);
  if (rows.length === 0) {
    const how = 'give a trace id as Root=1-… or OBJECT:LINE, as trace --format csv prints them';
    throw new CliError(`no request ${request} is loaded${await loadedText(connection)}: ${how}`, EXIT.usage);
  }
  return rows.map(placeOf);
}

async function findLine(connection: DuckDBConnection, object: string, line: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const named of await ask(connection, 'explain-object', { object: text(object) })) {
    const found = await ask(connection, 'explain-by-line', {
      object: integer(Number(named.object_id)),
      line: integer(line),
      first: text(textOf(named.first_time)),
      last: text(textOf(named.last_time)),
    });
    rows.push(...found);
  }
  return rows;
}

/** Looks around the second that the id holds, and in all rows if it is not there: a client may send an old id, or one of its own. */
async function findTraceId(connection: DuckDBConnection, request: string): Promise<Row[]> {
  const bare = request.replace(/^Root=/, '').replace(/[%_]/g, '');
  const among = (from: string | null, to: string | null): Promise<Row[]> =>
    ask(connection, 'explain-by-trace-id', {
      id: text(request),
      bare: text(bare),
      from: text(from),
      to: text(to),
    });
  const [, second] = /^1-([0-9a-f]{8})-/.exec(bare) ?? [];
  if (second !== undefined) {
    const made = Number.parseInt(second, 16) * SECOND_MS;
    const iso = (ms: number): string => new Date(ms).toISOString();
    const rows = await among(iso(made - HOUR_MS), iso(made + HOUR_MS));
    if (rows.length > 0) return rows;
  }
  return among(null, null);
}

/** Returns the requests that fit, at most `limit`. Throws CliError if there is none. */
export async function findBySelector(
  connection: DuckDBConnection,
  selector: Selector,
  limit: number,
  zone: Zone,
): Promise<Matches> {
  const { rollout, at } = selector;
  const parameters = parametersOf(selector, limit);
  const search = (within: Micros | null): Promise<Row[]> => {
    const limits = { ...parameters, within: integer(within === null ? null : toSeconds(within)) };
    return rollout === undefined
      ? ask(connection, 'explain-near', limits)
      : ask(connection, 'explain-of-rollout', { ...limits, rollout: text(rollout) });
  };
  // Most people know the time, and a narrow scan is fast.
  let rows = at === null ? [] : await search(NEAR);
  const isFar = at !== null && rows.length === 0;
  if (rows.length === 0) rows = await search(null);
  if (rows.length === 0) return nothing(connection, selector);
  const total = Number(rows[0]!.matches);
  const heading =
    total === rows.length
      ? `${count(total, 'request')} ${total === 1 ? 'matches' : 'match'}:`
      : `${count(total, 'request')} match; the ${at === null ? 'newest' : 'nearest'} ${rows.length}:`;
  const list = [heading, ...rows.flatMap((row) => matchLines(row, at, zone))];
  return {
    places: rows.map(placeOf),
    list: total === 1 && !isFar ? '' : list.map((line) => `${line}\n`).join(''),
    isFar,
  };
}

const placeOf = (row: Row): RequestPlace => ({
  object_id: Number(row.object_id),
  line: Number(row.line),
  time: String(row.time),
});

/** `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1` or `[2001:db8::1]:80`. Throws CliError. */
function addressOf(typed: string | undefined, flag: string): { ip: string | null; port: number | null } {
  if (typed === undefined) return { ip: null, port: null };
  const [, bracketed, plain, port] =
    /^(?:\[([\da-fA-F:.]+)\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::(\d{1,5}))?$/.exec(typed.trim()) ?? [];
  const ip = bracketed ?? plain ?? (/^[\da-fA-F]*:[\da-fA-F:.]*$/.test(typed.trim()) ? typed.trim() : undefined);
  if (ip === undefined) {
    throw new CliError(
      `--${flag} ${typed} is not an address: write it as 10.0.1.5, 10.0.1.5:8080 or [fd00::5]:8080`,
      EXIT.usage,
    );
  }
  return { ip: ip.toLowerCase(), port: port === undefined ? null : Number(port) };
}

function parametersOf({ client, target, url, status, at }: Selector, limit: number): Record<string, BoundValue> {
  const [from, to] = [addressOf(client, 'client'), addressOf(target, 'target')];
  if (status !== undefined && !(Number.isInteger(status) && status >= 100 && status <= 999)) {
    throw new CliError(`--status ${status} is not a status code: write it as --status 503`, EXIT.usage);
  }
  return {
    client_ip: text(from.ip),
    client_port: integer(from.port),
    target_ip: text(to.ip),
    target_port: integer(to.port),
    url: text(url ?? null),
    status: integer(status ?? null),
    at: { type: 'timestamp', value: at },
    limit: integer(limit),
  };
}

/** A line for a found request. Its place and address are copied, so they stay whole. */
function matchLines(row: Record<string, Cell>, at: Micros | null, zone: Zone): string[] {
  const routed = String(row.request_creation_time ?? row.time);
  const away = fromMillis(Date.parse(routed)) - (at ?? 0);
  const isOver = fromMillis(Date.parse(String(row.time))) >= (at ?? 0);
  const distance =
    away <= 0 && isOver ? 'then' : `${duration(Math.abs(away) / SECOND)} ${away < 0 ? 'before' : 'after'}`;
  const target = row.target_ip === null ? 'no target' : `${row.target_ip}:${row.target_port}`;
  const parts = [
    `${row.object_id}:${row.line}`,
    timeText(routed, zone, 3),
    ...(at === null ? [] : [distance]),
    `${row.elb_status_code ?? 'no status'}`,
    target,
    `${row.request_line ?? ''}`,
  ];
  return wrap(parts.join('  '), WIDTH, '      ', '  ').map((line) => line.trimEnd());
}

/** Returns ` (837 requests from … to … are)`, nothing without logs. */
async function loadedText(connection: DuckDBConnection): Promise<string> {
  const covered = await coverageOf(connection, { from: null, to: null, targetGroup: null, lb: null });
  const { begin, end, all } = covered;
  if (begin === null || end === null) return '';
  return ` (${count(all, 'request')} from ${timeText(toMillis(begin), UTC)} to ${timeText(toMillis(end), UTC)} ${all === 1 ? 'is' : 'are'})`;
}

/** Returns that a rollout made no failure. Throws CliError for everything else that is not there. */
async function nothing(connection: DuckDBConnection, { rollout, ...selector }: Selector): Promise<Matches> {
  const typed = Object.entries(selector).flatMap(([flag, value]) =>
    value == null || flag === 'at' ? [] : [`--${flag} ${value}`],
  );
  if (rollout !== undefined) {
    const known = (await ask(connection, 'explain-rollouts')).map((row) => String(row.rollout));
    if (known.length === 0)
      throw new CliError(
        `there is no rollout ${rollout}: none is known, load pods and Events (draintrace evidence says how)`,
        EXIT.usage,
      );
    if (!known.includes(rollout)) throw unknownWord(`there is no rollout ${rollout}`, rollout, known.slice(0, 10));
    if (typed.length === 0)
      return { places: [], list: `No request failed because of rollout ${rollout}.\n`, isFar: false };
  }
  const what = typed.join(' ') || 'that time';
  const loaded = await loadedText(connection);
  const kept = 'check what you typed, or load more logs (load --keep failures stores no answered request)';
  const subject = rollout === undefined ? 'request' : `failure of rollout ${rollout}`;
  throw new CliError(`no ${subject} with ${what} is loaded${loaded}: ${kept}`, EXIT.source);
}

/**
 * Converts logs that CloudWatch delivers (JSON lines or W3C extended log, of requests, connections or health checks) to the
 * line that AWS writes into a bucket itself, so a record means the same in every form.
 *
 * Source: AWS CDK, enums CfnLoadBalancerAlb{AccessLogs,ConnectionLogs,HealthCheckLogs}RecordFields. `client:port` is spelt
 * client_port there, `timestamp` of a connection is time, and fields may be left out of a delivery.
 */
import { formatTime, MILLISECOND, SECOND } from '../time/time.ts';
import { CONNECTION_LOG } from './connection-log.ts';
import { FIELDS, MIN_FIELDS } from './field.ts';
import { HEALTH_CHECK_LOG } from './health-check-log.ts';

/** A log of an Application Load Balancer. */
export type AlbLog = 'alb_access_log' | 'alb_connection_log' | 'alb_health_check_log';

/** How a delivery writes a log: JSON lines, W3C extended log, or the fields of the classic line with tabs between them. */
export type DeliveredForm = 'json' | 'w3c' | 'plain';

/** Kinds of object that are such a log in another form than the classic line. */
export const DELIVERED = {
  alb_access_json: { log: 'alb_access_log', form: 'json' },
  alb_access_w3c: { log: 'alb_access_log', form: 'w3c' },
  alb_access_plain: { log: 'alb_access_log', form: 'plain' },
  alb_connection_json: { log: 'alb_connection_log', form: 'json' },
  alb_connection_w3c: { log: 'alb_connection_log', form: 'w3c' },
  alb_connection_plain: { log: 'alb_connection_log', form: 'plain' },
  alb_health_check_json: { log: 'alb_health_check_log', form: 'json' },
  alb_health_check_w3c: { log: 'alb_health_check_log', form: 'w3c' },
  alb_health_check_plain: { log: 'alb_health_check_log', form: 'plain' },
} as const satisfies Readonly<Record<string, { log: AlbLog; form: DeliveredForm }>>;

export type DeliveredKind = keyof typeof DELIVERED;

export const isDelivered = (kind: string): kind is DeliveredKind => Object.hasOwn(DELIVERED, kind);

/** Returns the kind of this log in this form. */
export const deliveredKind = (log: AlbLog, form: DeliveredForm): DeliveredKind =>
  (Object.keys(DELIVERED) as DeliveredKind[]).find(
    (kind) => DELIVERED[kind].log === log && DELIVERED[kind].form === form,
  )!;

/** `client:port`, `client-port` and `client_port` name the same field. */
const spelt = (name: string): string => name.trim().toLowerCase().replace(/[-:]/g, '_');

/** Fields of a log by which a record is known, and the one that a row cannot do without. */
const MARKS: readonly (readonly [log: AlbLog, marks: readonly string[], time: readonly string[]])[] = [
  ['alb_access_log', ['elb_status_code', 'client_host'], ['timestamp']],
  ['alb_access_log', ['elb_status_code'], ['time']],
  ['alb_health_check_log', ['target_group_id', 'target_addr'], ['time']],
  ['alb_connection_log', ['client_ip', 'listener_port'], ['time', 'timestamp']],
  ['alb_connection_log', ['client_ip', 'tls_handshake_latency'], ['time', 'timestamp']],
];

/** Returns which log has these fields, null for none; `hasTime` says whether its rows would have a time. */
export function logOfFields(has: (name: string) => boolean): { log: AlbLog; hasTime: boolean } | null {
  const found = MARKS.find(([, marks]) => marks.every(has));
  return found ? { log: found[0], hasTime: found[2].some(has) } : null;
}

/** Does the same for names as a W3C extended log or a Parquet file spells them. */
export function logOfNames(names: readonly string[]): { log: AlbLog; hasTime: boolean } | null {
  const known = new Set(names.map(spelt));
  return logOfFields((name) => known.has(name));
}

interface LayoutField {
  /** Names in a record; the first that it has counts. */
  names: readonly string[];
  type: string;
  quoted: boolean;
}

interface Layout {
  /** The smallest number of fields that a line ever had. */
  minFields: number;
  fields: readonly LayoutField[];
  known: ReadonlySet<string>;
}

function layoutOf(fields: readonly { name: string; type: string; quoted?: boolean }[], minFields: number): Layout {
  const own = fields.map(({ name, type, quoted }) => ({
    names: name === 'timestamp' ? ['timestamp', 'time'] : [spelt(name)],
    type,
    quoted: quoted === true,
  }));
  return { minFields, fields: own, known: new Set([...own.flatMap(({ names }) => names), 'client_ip', 'target_ip']) };
}

const LAYOUTS: Readonly<Record<AlbLog, Layout>> = {
  alb_access_log: layoutOf(FIELDS, MIN_FIELDS),
  alb_connection_log: layoutOf(CONNECTION_LOG.fields, CONNECTION_LOG.minFields),
  alb_health_check_log: layoutOf(HEALTH_CHECK_LOG.fields, HEALTH_CHECK_LOG.minFields),
};

/** Returns the line of one JSON record, or the reason why the record is invalid: `bad_json`, or `nested_too_deep`. */
export function lineOfJson(text: string, log: AlbLog = 'alb_access_log'): { line: string } | { reason: string } {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return { reason: 'bad_json' };
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return { reason: 'bad_json' };
  try {
    return { line: lineOf(Object.entries(record), LAYOUTS[log]) };
  } catch (error) {
    // A value of 100,000 arrays in one another can be parsed, and not printed.
    if (error instanceof RangeError) return { reason: 'nested_too_deep' };
    throw error;
  }
}

/**
 * Reads the lines of a W3C extended log in order, whose directive `#Fields:` names the fields of the lines after it, or plain
 * lines, which have the fields of the classic line.
 */
export class NamedLines {
  readonly #layout: Layout;
  #names: readonly string[] | null;
  /** The fewest values that a line may have; null stands for one of each name. */
  readonly #least: number | null;

  constructor(log: AlbLog, isPlain: boolean) {
    this.#layout = LAYOUTS[log];
    this.#names = isPlain ? this.#layout.fields.map(({ names }) => names[0]!) : null;
    this.#least = isPlain ? this.#layout.minFields : null;
  }

  /** Returns the line of one record, null for a directive or blank line, or the reason why the record is invalid. */
  next(text: string): { line: string } | { reason: string } | null {
    if (text.trim() === '') return null;
    if (text.startsWith('#')) {
      const names = w3cFields(text);
      if (names) this.#names = names;
      return null;
    }
    if (this.#names === null) return { reason: 'no_fields_directive' };
    const values = text.includes('\t')
      ? text.split('\t').map((value) => value.replace(/^"(.*)"$/s, '$1'))
      : [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
    if (values.length < (this.#least ?? this.#names.length)) return { reason: 'too_few_fields' };
    const entries = values.map((value, i): [string, unknown] => [
      this.#names![i] ?? `extra${i + 1 - this.#names!.length}`,
      value,
    ]);
    return { line: lineOf(entries, this.#layout) };
  }
}

/** Returns the names that a line of a W3C extended log gives to its fields, null for any other line. */
export const w3cFields = (line: string): string[] | null =>
  /^#Fields:\s*(.*)$/i.exec(line)?.[1]?.trim().split(/\s+/) ?? null;

/** Names that the table of AWS's guide to Athena gives to fields, and Vector's parse_aws_alb_log. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['lambda_error_reason', 'error_reason'],
  ['client_host', 'client_port'],
  ['target_host', 'target_port'],
]);

/** The request in parts, as both of these have it. */
const REQUEST_PARTS = [['request_verb', 'request_method'], ['request_url'], ['request_proto', 'request_protocol']];

/** Returns the members of a record under the names of the classic line. */
function underOwnNames(said: readonly (readonly [string, unknown])[]): readonly (readonly [string, unknown])[] {
  const has = new Set(said.map(([name]) => spelt(name)));
  if (!has.has('request_url') || has.has('request_line')) return said;
  const isVector = has.has('client_host') && !has.has('time');
  const parts = new Map(said.map(([name, value]) => [spelt(name), textOf(value)]));
  const request = REQUEST_PARTS.map((names) => parts.get(names.find((name) => parts.has(name)) ?? '') ?? '-').join(' ');
  const inParts = new Set(REQUEST_PARTS.flat());
  const others = said.filter(([name]) => !inParts.has(spelt(name)));
  return [...others, ['request_line', request] as const].map(([name, value]) => {
    const own = isVector && name === 'timestamp' ? 'time' : (OTHER_NAMES.get(spelt(name)) ?? name);
    const isList = Array.isArray(value) && value.every((one) => typeof one === 'string');
    return [own, isList ? value.join(' ') : value] as const;
  });
}

function lineOf(said: readonly (readonly [string, unknown])[], { fields, known }: Layout): string {
  const entries = underOwnNames(said);
  const values = new Map(entries.map(([name, value]) => [spelt(name), value]));
  const own = fields.map(({ names, type, quoted }) => {
    const name = names.find((one) => values.has(one)) ?? names[0]!;
    const value = values.get(name);
    if (type === 'time') return token(timeText(value), quoted);
    // The address may have a field of its own.
    const ip = type === 'endpoint' && name.endsWith('_port') ? values.get(name.replace(/_port$/, '_ip')) : undefined;
    return token(ip === undefined || ip === '-' ? textOf(value) : `${textOf(ip)}:${textOf(value)}`, quoted);
  });
  const others = entries.filter(([name]) => !known.has(spelt(name)));
  return [...own, ...others.map(([name, value]) => token(`${name}=${textOf(value)}`, true))].join(' ');
}

/** Converts seconds or milliseconds since 1970 to text; keeps any other time as logged. */
function timeText(value: unknown): string {
  if (typeof value !== 'number' || !(value > 0 && value < 1e14)) return textOf(value);
  return formatTime(Math.round(value * (value < 1e11 ? SECOND : MILLISECOND)));
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Writes a field as AWS does: control characters, quotes, and a backslash before the closing quote become \xHH. */
function token(text: string, quoted: boolean): string {
  const escaped = text.replace(
    /[\x00-\x1f\x7f"]|\\$/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return quoted || escaped.includes(' ') ? `"${escaped}"` : escaped;
}

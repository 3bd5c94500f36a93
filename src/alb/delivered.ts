/**
 * Converts access logs that CloudWatch delivers (JSON lines or W3C extended log) to the line that AWS writes into a bucket
 * itself, so a record means the same in every format.
 *
 * Source: AWS CDK, enum CfnLoadBalancerAlbAccessLogsRecordFields (`client:port` is spelt client_port there, and fields
 * may be left out of a delivery).
 */
import { FIELDS } from './field.ts';
import { printTime } from './print.ts';

/** `client:port`, `client-port` and `client_port` name the same field. */
const spelt = (name: string): string => name.trim().toLowerCase().replace(/[-:]/g, '_');

const NAMES = FIELDS.map(({ name }) => spelt(name));
const KNOWN: ReadonlySet<string> = new Set([...NAMES, 'client_ip', 'target_ip']);

/** Returns the line of one JSON record, or the reason why the record is invalid: `bad_json`, or `nested_too_deep`. */
export function lineOfJson(text: string): { line: string } | { reason: string } {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return { reason: 'bad_json' };
  }
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return { reason: 'bad_json' };
  try {
    return { line: lineOf(Object.entries(record)) };
  } catch (error) {
    // A value of 100,000 arrays in one another can be parsed, and not printed.
    if (error instanceof RangeError) return { reason: 'nested_too_deep' };
    throw error;
  }
}

/** Reads the lines of a W3C extended log in order. The directive `#Fields:` names the fields of the lines after it. */
export class W3cLines {
  #names: readonly string[] | null = null;

  /** Returns the line of one record, null for a directive or blank line, or the reason why the record is invalid. */
  next(text: string): { line: string } | { reason: string } | null {
    if (text.trim() === '') return null;
    if (text.startsWith('#')) {
      const fields = /^#Fields:\s*(.*)$/i.exec(text);
      if (fields) this.#names = fields[1]!.trim().split(/\s+/);
      return null;
    }
    if (this.#names === null) return { reason: 'no_fields_directive' };
    const values = text.includes('\t')
      ? text.split('\t').map((value) => value.replace(/^"(.*)"$/s, '$1'))
      : [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
    if (values.length < this.#names.length) return { reason: 'too_few_fields' };
    const extra = values.slice(this.#names.length).map((value, i): [string, unknown] => [`extra${i + 1}`, value]);
    return { line: lineOf([...this.#names.map((name, i): [string, unknown] => [name, values[i]]), ...extra]) };
  }
}

function lineOf(entries: readonly (readonly [string, unknown])[]): string {
  const values = new Map(entries.map(([name, value]) => [spelt(name), value]));
  const known = FIELDS.map(({ type, quoted }, i) => {
    const name = NAMES[i]!;
    const value = values.get(name);
    if (type === 'time') return token(timeText(value), quoted);
    // The address may have a field of its own.
    const ip = type === 'endpoint' ? values.get(name.replace(/_port$/, '_ip')) : undefined;
    return token(ip === undefined || ip === '-' ? textOf(value) : `${textOf(ip)}:${textOf(value)}`, quoted);
  });
  const others = entries.filter(([name]) => !KNOWN.has(spelt(name)));
  return [...known, ...others.map(([name, value]) => token(`${name}=${textOf(value)}`, true))].join(' ');
}

/** Converts seconds or milliseconds since 1970 to text; keeps any other time as logged. */
function timeText(value: unknown): string {
  if (typeof value !== 'number' || !(value > 0 && value < 1e14)) return textOf(value);
  return printTime(Math.round(value * (value < 1e11 ? 1e6 : 1e3)));
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

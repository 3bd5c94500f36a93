/** Removes prefixes of a line: times, names of pods, files and streams, marks of quotes and lists. */
import { SECOND } from '../../time/time.ts';
import { type Interval, parseTime } from '../moment.ts';
import { straightQuotes } from './packed.ts';

const ANSI = /\x1B(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1B]*(?:\x07|\x1B\\)|[@-Z\\-_])/g;

/** A time, then blanks; before it at most a few words of who wrote it; behind it CRI's stream and tag. */
const TIMESTAMP =
  /^(?:\S{1,253}\s+){0,3}?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d))\s+(?:(std(?:out|err)) ([PF])(?::\S*)?(?: |$))?/;

/** Longest prefix that is looked through, in characters and in words. */
export const MAX_PREFIX = 1024;
const MAX_WORDS = 32;

/** Marks of Markdown, Jira and HTML that stand before or behind a line, on the line itself. */
const MARK = String.raw`(?:\{(?:code(?::[\w.=|-]+)?|noformat)\}|</?(?:html|body|pre|code|samp|p|div|span|li|td|tr|br)\b[^<>]*>)`;
const BEGIN = new RegExp(`^\\s*(?:\`\`\`(?![\\w+-]*\\s*$)|${MARK}\\s*)+`);
const END = new RegExp(`(?:(?<=[^\\s\`])\`\`\`|\\s*${MARK})+\\s*$`);
/** Characters at the end of a line in which marks are looked for. */
const MAX_MARKS = 200;

/** How a collector of OpenTelemetry prints a line for people. */
const BODY = /(?:^|\s)Body: Str\((.*)\)$/s;

function withoutMarks(line: string): string {
  if (!/```|\{(?:code|noformat)|<\/?[a-z]/.test(line)) return line;
  const end = line.slice(-MAX_MARKS);
  return `${line.slice(0, -MAX_MARKS)}${end.replace(END, '')}`.replace(BEGIN, '');
}

/** Returns a text without these characters at its end. A pattern would look again from each of a million blanks. */
export function withoutTail(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** Returns a line without colours, byte order marks, what ends it, and the marks of a quotation. */
export function cleanLine(raw: string): string {
  let line = raw.includes('\x1B') ? raw.replace(ANSI, '') : raw;
  if (line.includes('\uFEFF')) line = line.replaceAll('\uFEFF', '');
  // Blanks at the end may be within a line that goes on in another part.
  if (line.endsWith('\r')) line = withoutTail(line, '\r');
  // A terminal that was recorded goes to the beginning of the line first.
  if (line.startsWith('\r')) line = line.replace(/^\r+/, '');
  // The last cell of a row in Markdown.
  if (/^\s*\| /.test(line) && line.trimEnd().endsWith('|')) line = line.trimEnd().slice(0, -1).trimEnd();
  line = straightQuotes(line);
  line = withoutMarks(line);
  if (line.includes('Body: Str(')) line = BODY.exec(line)?.[1] ?? line;
  return /^\s*>/.test(line) ? line.replace(/^\s*(?:> ?)+/, '') : line;
}

/** Fences of Markdown, and what grep prints between groups of lines. */
export const isRule = (line: string): boolean => /^\s*(?:(?:```|~~~)[\w+-]*|--)\s*$/.test(line);

export interface Stamp {
  takenAt: Interval;
  /** The text behind it. */
  rest: string;
  /** Of the container runtime: whether the line goes on, and what the next part of it begins with. */
  part: 'P' | 'F' | null;
  stream: string;
}

/** Returns the time that a runtime, kubectl or a store put before a line. */
export function stampOf(text: string): Stamp | null {
  const match = TIMESTAMP.exec(text);
  const said = match && parseTime(match[1]!, 0);
  if (!match || !said || match[0].includes('"')) return null;
  // Zeros in place of a fraction come from a store that reads whole seconds out of the line.
  const isWhole = /[.,]0{1,3}(?:Z|[+-])/.test(match[1]!);
  const takenAt = isWhole ? { earliest: said.earliest, latest: said.earliest + SECOND - 1 } : said;
  const stream = `${text.slice(0, match[0].indexOf(match[1]!))}${match[2] ?? ''}`;
  return { takenAt, rest: text.slice(match[0].length), part: (match[3] as 'P' | 'F' | undefined) ?? null, stream };
}

const LABELS = /\{[^{}]*\}/g;
/** `[id name="value"]` of RFC 5424. */
const SYSLOG_DATA = /\[[^\s[\]"]{1,64}(?: [^\s=\]"]{1,64}="(?:[^"\\\]]|\\.)*")+\]/g;

/** Whether this may stand before a line that is not its own: short, and nothing quoted in it but labels in braces, and in brackets those of syslog. */
export function isPrefix(text: string): boolean {
  if (text.length > MAX_PREFIX) return false;
  const plain = text.replace(LABELS, '{}').replace(SYSLOG_DATA, '[]');
  return !plain.includes('"') && plain.split(/\s+/).length <= MAX_WORDS;
}

/** Returns where in a line a string may begin that goes on to its end; -1 where none does. */
export function quoteStart(line: string): number {
  const at = line
    .slice(0, MAX_PREFIX)
    .replace(LABELS, (labels) => '.'.repeat(labels.length))
    .replace(SYSLOG_DATA, (data) => '.'.repeat(data.length))
    .indexOf('"');
  return at !== -1 && isPrefix(line.slice(0, at)) ? at : -1;
}

/** Whether a line is what stands in a string of JSON, copied without the quotes around it. */
export const isEscaped = (text: string): boolean => /^[{[]\s*\\"/.test(text);

const CLOSING: Readonly<Record<string, string>> = { '(': ')', "'": "'", '`': '`' };

/** Returns a line that begins behind `before` without what closes that: parentheses and apostrophes. */
export function withoutEnd(text: string, before: string | undefined): string {
  const closing = before === undefined ? undefined : CLOSING[before];
  return closing !== undefined && text.endsWith(closing) ? text.slice(0, -1) : text;
}

/** Returns the string that begins a text and what follows it, members of logfmt or nothing; null when none does. */
export function stringAt(text: string): string | null {
  // The content of a string that was copied without its quotes.
  if (isEscaped(text)) return `"${text}"`;
  if (text.endsWith('"')) return text;
  if (!text.startsWith('"')) return null;
  let end = 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return /^\s+[\w.-]+=\S/.test(text.slice(end + 1, end + MAX_MARKS)) ? text.slice(0, end + 1) : null;
}

/** Offsets in a line at which JSON may begin. */
export function* openers(line: string): Generator<number> {
  let tries = 0;
  for (let at = line.indexOf('{'); at !== -1 && at <= MAX_PREFIX && tries < 8; at = line.indexOf('{', at + 1)) {
    if (!isPrefix(line.slice(0, at))) return;
    tries++;
    yield at;
  }
}

/** Returns what the same prefix looks like on the next line, where times and numbers differ. */
export function likePrefix(prefix: string): RegExp {
  const pattern = prefix
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replace(/\d+/g, '\\d+')
    .replace(/[:-]\\d\+[:-]$/, '[:-]\\d+[:-]');
  return new RegExp(`^${pattern.replace(/\s+$/, '')}(?: |$)?`);
}

/** Text that may follow the last value of a line: a comma of the array it was cut from, a quote, the end of a table's cell. */
export const isTail = (text: string): boolean => /^[\s,;|'"`)\]]*$/.test(text);

/** `[pod/name/container] ...` and `[2026-03-01 10:00:00] ...`: a word in brackets, not an array. */
export const isBracketed = (text: string): boolean => /^\[[^\]{}"[]*\]/.test(text);

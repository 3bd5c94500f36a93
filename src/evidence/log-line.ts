/**
 * Lines of a container's log, however it was taken: as the program wrote them, with what `kubectl logs --timestamps`,
 * `--prefix`, stern or the container runtime put before them, or wrapped into JSON by a log shipper.
 */
import { splitJson } from './json-stream.ts';
import { asObject, asObjects, asText } from './json-value.ts';
import { type Interval, parseTime } from './moment.ts';

/** One line as the program wrote it. */
export interface LogLine {
  /** 1-based line of the text it stands on. */
  line: number;
  text: string;
  /** When the runtime took it from the program, which is no earlier than it was written; null where nothing says so. */
  takenAt: Interval | null;
}

/** A time, then blanks; before it at most a few words of who wrote it; behind it CRI's stream and tag. */
const TIMESTAMP =
  /^(?:\S{1,253}\s+){0,3}?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d))\s+(?:std(?:out|err) [FP] )?/;

/** Keys under which shippers keep the line: Docker and Fluent Bit, CloudWatch Logs, Loki and others. */
const WRAPPERS = ['log', 'message', '@message', 'line'] as const;

/** A line may be wrapped by the runtime and once more by the shipper. */
const MAX_WRAPPED = 3;

/** Returns the lines that hold anything, in order. Blank ones are left out. */
export function logLines(text: string): LogLine[] {
  if (/^\s*\{\s*"(?:events|searchedLogStreams)"/.test(text)) return cloudWatchLines(text);
  const lines: LogLine[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const trimmed = raw.replace(/^\uFEFF/, '').trim();
    if (trimmed !== '') lines.push(unwrap(index + 1, trimmed, null, 0));
  }
  return lines;
}

/** The answer of `aws logs filter-log-events` or `get-log-events`. */
function cloudWatchLines(text: string): LogLine[] {
  const lines: LogLine[] = [];
  for (const piece of splitJson(text)) {
    const events = asObjects(asObject(piece.value)?.events);
    if (piece.error !== null || events.length === 0) {
      lines.push({ line: piece.line, text: piece.text, takenAt: null });
      continue;
    }
    for (const [index, event] of events.entries()) {
      const line = piece.elementLines.length === events.length ? piece.elementLines[index]! : piece.line;
      const message = asText(event.message)?.trim() ?? '';
      if (message !== '') lines.push(unwrap(line, message, null, 0));
    }
  }
  return lines;
}

function unwrap(line: number, text: string, takenAt: Interval | null, depth: number): LogLine {
  const stamp = TIMESTAMP.exec(text);
  const own = stamp ? parseTime(stamp[1]!, 0) : null;
  const rest = own ? text.slice(stamp![0].length) : text;
  const taken = takenAt ?? own;
  const opener = rest.indexOf('{');
  // `{` right away, or behind the name that `--prefix` or stern prints.
  const json = opener >= 0 && /^(?:\S{1,253}\s+){0,3}$/.test(rest.slice(0, opener)) ? rest.slice(opener) : null;
  if (json !== null && depth < MAX_WRAPPED) {
    const inner = wrapped(json);
    if (inner !== null) return unwrap(line, inner, taken, depth + 1);
  }
  return { line, text: json ?? rest, takenAt: taken };
}

/** The line inside a shipper's JSON, or null when the JSON is the program's own. */
function wrapped(json: string): string | null {
  if (!/"(?:log|@?message|line)":/.test(json)) return null;
  try {
    const object = asObject(JSON.parse(json));
    if (object === null || 'msg' in object) return null;
    for (const key of WRAPPERS) {
      const text = asText(object[key])?.trim();
      if (text) return text;
    }
    return null;
  } catch {
    return null;
  }
}

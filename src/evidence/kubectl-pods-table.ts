/**
 * The table of `kubectl get pods`, as people paste it: with or without the command before it, one or several, each with the
 * time at which it was taken on a line before it, or of a file that says when.
 */
import { captureTime } from './capture-time.ts';
import { type Reading, type ReadingContext, UNSAID } from './fact.ts';
import { isTargetText } from './flat-target.ts';
import { endOfDescribed, isDescribedPod, readDescribedPod } from './kubectl-describe.ts';
import { momentOfAge, type PodRow, readPodTable } from './kubectl-table.ts';
import { type Interval, parseTime } from './moment.ts';
import { hasEnded, isTerminating, keyOf, type PodRound, readPodRounds } from './pod-rounds.ts';
import { reject } from './rejection.ts';
import { timeOfLine } from './said-time.ts';
import { headerOfRow, isPlainHeader, stampBeforeHeader, stampLike, stampTime } from './timed-row.ts';
import { unreadFormAt } from './unread-form.ts';

const TIME = /^[^\d]{0,20}?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|[+-]\d\d:?\d\d))?)[^\d]{0,3}$/;

const NO_TIME = 'no_capture_time: give --captured-at';

/** Returns whether a line is of such a table: its header, or a row that lost it. */
export const isPodRow = (line: string): boolean => isPodTableHeader(line) || headerOfRow(line) !== null;

/** Returns whether a line is the header of such a table, perhaps behind a time. */
const isPodTableHeader = (line: string): boolean => isPlainHeader(line) || stampBeforeHeader(line) !== null;

/**
 * Returns what the tables show. Without a time of capture they say nothing: every time in them is an age.
 */
export function readKubectlPodsTable(text: string, context: ReadingContext): Reading {
  const reading: Reading = { records: 0, facts: [], rejected: [], notes: [] };
  const capture = captureTime(context);
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const rounds: PodRound[] = [];
  let said: Interval | null = null;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (isDescribedPod(lines, at)) {
      const end = endOfDescribed(lines, at);
      readDescribedPod(lines.slice(at, end), at + 1, said ?? capture.moment, reading);
      if (!said && !reading.notes.includes(capture.note)) reading.notes.push(capture.note);
      at = end - 1;
      continue;
    }
    const bare = headerOfRow(line);
    if (bare !== null) {
      let end = at + 1;
      while (end < lines.length && headerOfRow(lines[end]!) === bare) end++;
      const read = readPodTable([bare, ...lines.slice(at, end)], at);
      for (const rejection of read.rejected) reading.rejected.push(rejection);
      const asked = said ?? capture.moment;
      // grep may have left out others.
      const table = asked && { line: at + 1, asked, pods: { rows: read.rows, whole: false } };
      if (table === null) reading.rejected.push(reject(at + 1, NO_TIME, lines.slice(at, end).join('\n')));
      else if (!isListing(read.rows) || (!said && lines.slice(end).some(isPodRow))) takeBounded(table, reading);
      else rounds.push(table);
      if (!said && table && !reading.notes.includes(capture.note)) reading.notes.push(capture.note);
      said = null;
      at = end - 1;
      continue;
    }
    if (!isPodTableHeader(line)) {
      const time = readTime(line, context.timezoneMinutes);
      said = time ?? said;
      // A prompt with the command says nothing, but what was pasted along with the table may.
      const other = time ? null : otherIn(lines, at);
      if (other) {
        reading.rejected.push(reject(at + 1, other.reason, lines.slice(at, other.end).join('\n')));
        at = other.end - 1;
      }
      continue;
    }
    const stamp = stampBeforeHeader(line);
    if (stamp !== null) {
      const end = endOfStamped(lines, at, stamp);
      const stamped = { lines: lines.slice(at, end), firstLine: at + 1, stamp };
      for (const round of stampedRounds(stamped, capture.moment?.latest ?? null, context.timezoneMinutes, reading))
        rounds.push(round);
      said = null;
      at = end - 1;
      continue;
    }
    const end = endOfTable(lines, at);
    const read = readPodTable(lines.slice(at, end), at + 1);
    for (const rejection of read.rejected) reading.rejected.push(rejection);
    const moment = said ?? capture.moment;
    if (!moment) {
      reading.rejected.push(reject(at + 1, NO_TIME, lines.slice(at, end).join('\n')));
    } else {
      if (!said && !reading.notes.includes(capture.note)) reading.notes.push(capture.note);
      const table = { line: at + 1, asked: moment, pods: { rows: read.rows, whole: read.rejected.length === 0 } };
      // Of several tables without a time only the last one is as late as the capture.
      const isOfThen = said !== null || !lines.slice(end).some(isPodTableHeader);
      if (isOfThen && isListing(table.pods.rows)) rounds.push(table);
      else takeBounded(table, reading);
    }
    said = null;
    at = end - 1;
  }
  readPodRounds(rounds, reading);
  reading.notes = [...new Set(reading.notes)];
  reading.rejected.sort((a, b) => a.line - b.line);
  return reading;
}

function readTime(line: string, timezoneMinutes: number): Interval | null {
  const match = line.length < 80 ? TIME.exec(line.trim()) : null;
  const said = match ? match[1]!.replace(' +', '+').replace(' -', '-') : timeOfLine(line);
  return said === null ? null : parseTime(said, timezoneMinutes);
}

/** Returns what else than a table of pods begins in a line, and where it ends; null for words of a prompt or a person. */
function otherIn(lines: readonly string[], at: number): { reason: string; end: number } | null {
  const line = lines[at]!;
  const form = isTargetText([line]) ? 'targets: load them as a file of their own' : unreadFormAt(lines, at);
  if (form !== null) return { reason: `no_table: ${form}`, end: endOfText(lines, at) };
  const isOther = /^(?:No resources found|Error from server|error: |\s*["{}[\]])/.test(line);
  return isOther ? { reason: 'no_table', end: endOfOther(lines, at) } : null;
}

/** Text of another form goes on to an empty line. */
function endOfText(lines: readonly string[], start: number): number {
  let end = start + 1;
  while (end < lines.length && lines[end]!.trim() !== '' && !isPodTableHeader(lines[end]!)) end++;
  return end;
}

/** JSON goes on until a line that begins otherwise. */
function endOfOther(lines: readonly string[], start: number): number {
  let end = start + 1;
  while (end < lines.length && /^\s*["{}[\]]/.test(lines[end]!) && !TIME.test(lines[end]!.slice(0, 80))) end++;
  return end;
}

/** A table ends at an empty line, at another header or time, or where a line has no columns. */
function endOfTable(lines: readonly string[], header: number): number {
  let end = header + 1;
  const isRow = /\S\s{2,}\S/.test(lines[header]!) ? /\S\s{2,}\S/ : /^(?:\S+ ){1,3}\d+\/\d+ /;
  while (end < lines.length && isRow.test(lines[end]!) && !isPodTableHeader(lines[end]!)) end++;
  return end;
}

/** Rows behind times go on while there is one before each. */
function endOfStamped(lines: readonly string[], header: number, stamp: string): number {
  const like = stampLike(stamp);
  let end = header + 1;
  while (end < lines.length && like.test(lines[end]!) && stampBeforeHeader(lines[end]!) === null) end++;
  return end;
}

/** Returns a round for each row of a table whose rows have times of their own: the other pods may be there as well. */
function stampedRounds(
  { lines, firstLine, stamp }: { lines: readonly string[]; firstLine: number; stamp: string },
  latest: number | null,
  timezoneMinutes: number,
  reading: Reading,
): PodRound[] {
  const like = stampLike(stamp);
  const header = lines[0]!.slice(stamp.length);
  const rounds: PodRound[] = [];
  for (const [index, line] of lines.entries()) {
    const own = like.exec(line)![0];
    const row = line.slice(own.length);
    if (index === 0 || row.trim() === '') continue;
    const asked = stampTime(own, latest, timezoneMinutes);
    const number = firstLine + index;
    const read = typeof asked === 'string' ? null : readPodTable([header, row], number - 1);
    if (typeof asked === 'string') reading.rejected.push(reject(number, asked, line));
    else if (read!.rows.length === 0) reading.rejected.push(reject(number, read!.rejected[0]!.reason, line));
    else rounds.push({ line: number, asked, pods: { rows: read!.rows, whole: false } });
  }
  return rounds;
}

/** A table that names a pod twice, or that has events, was printed by `--watch`. */
function isListing(rows: readonly PodRow[]): boolean {
  if (rows.some((row) => row.event !== null)) return false;
  return new Set(rows.map(keyOf)).size === rows.length;
}

/** Takes a table whose rows were printed at an unknown time, no later than the capture. */
function takeBounded({ line, asked, pods }: PodRound, reading: Reading): void {
  reading.notes.push(`The table in line ${line} has no time, so it only bounds the times of other sources.`);
  const all = pods?.rows ?? [];
  const terminating = new Set(all.filter(isTerminating).map(keyOf));
  for (const row of new Map(all.map((row) => [keyOf(row), row])).values()) {
    reading.records++;
    const fact = { ...UNSAID, kind: 'pod', line: row.line, earliest: null, namespace: row.namespace } as const;
    const { name, ip, node, age } = row;
    // The pod was that old by then.
    const created = age ? momentOfAge(age, asked).latest : null;
    if (created !== null) reading.facts.push({ ...fact, event: 'created', latest: created, name, ip, node });
    if (row.event === 'DELETED') reading.facts.push({ ...fact, event: 'gone', latest: asked.latest, name, ip, node });
    if (isTerminating(row) || (hasEnded(row) && terminating.has(keyOf(row))))
      reading.facts.push({ ...fact, event: 'deleted', latest: asked.latest, name, ip, node });
  }
}

/** Documents in wrappers: taken out, so that their reader sees them as they were printed, and lines put back where they were. */
import { formatTime } from '../time/time.ts';
import type { Reading } from './fact.ts';
import { PAYLOAD } from './payload.ts';
import { timedText } from './said-time.ts';
import { isPlainHeader } from './timed-row.ts';
import { unwrap } from './unwrap/unwrap.ts';

/** Returns a text without its wrappers, and for each of its lines (1-based) the line of the wrapped text. */
export function takeOut(text: string): { text: string; lines: number[] } {
  const parts: string[] = [];
  const lines = [0];
  const entries = unwrap(text, PAYLOAD);
  const hasPayload = entries.some(({ isPayload }) => isPayload);
  for (const entry of entries) {
    // Prose around what was pasted; without a payload (a table, YAML) everything may be part of it.
    if (hasPayload && !entry.isPayload && entry.error === null && !/^[{[]/.test(entry.text)) continue;
    const at = entry.takenAt ?? entry.writtenAt;
    // A table of pods is not JSON: its time stands on a line before it.
    if (!entry.isPayload && at !== null && isPlainHeader(entry.text)) {
      parts.push(formatTime(at.earliest));
      lines.push(entry.line);
    }
    parts.push(entry.isPayload ? timedText(entry.text, at) : entry.text);
    const count = entry.text.split('\n').length;
    // A payload that is written over several lines stands there as it is, one out of a string on one line.
    for (let i = 0; i < count; i++) lines.push(entry.line + i);
  }
  return { text: parts.join('\n'), lines };
}

/** Returns a reading whose lines are those of the wrapped text. */
export function putBack(reading: Reading, lines: readonly number[], last: number): Reading {
  const back = <T extends { line: number }>(one: T): T => ({
    ...one,
    line: Math.min(lines[one.line] ?? one.line, last),
  });
  return { ...reading, facts: reading.facts.map(back), rejected: reading.rejected.map(back) };
}

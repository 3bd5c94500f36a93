/** Nodes in the log of the node termination handler of AWS. */
import type { Reading, ReadingContext } from '../fact.ts';
import { asText } from '../json-value.ts';
import { parseTime } from '../moment.ts';
import { handlerEntry, readHandlerLine } from './handler-line.ts';
import { isCutJson, readNodeLog } from './node-log.ts';

/** Returns what a log of the node termination handler says. Its lines for people are at `context.timezoneMinutes`. */
export function readHandlerLog(text: string, context: ReadingContext): Reading {
  return readNodeLog(text, context, ({ text: line }) => {
    const entry = handlerEntry(line);
    if (entry === null) return isCutJson(line) ? 'bad_json: a line that was cut' : null;
    if (!('level' in entry && 'time' in entry && 'message' in entry)) return null;
    const said = readHandlerLine(entry);
    return {
      at: parseTime(asText(entry.time) ?? '', context.timezoneMinutes),
      sayings: said ? [said] : [],
    };
  });
}

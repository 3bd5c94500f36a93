/** What is done with each line of a connection or health check log: it is the same in every pass, and every row is kept. */
import { CONNECTION_LOG } from '../alb/connection-log.ts';
import type { LineVisitor } from '../alb/frame.ts';
import { HEALTH_CHECK_LOG } from '../alb/health-check-log.ts';
import { type LineFormat, newFormattedLine, readFormatted } from '../alb/line-format.ts';
import type { ObjectReading, Task } from './message.ts';
import { type Rejects, refusalOf } from './reject.ts';
import type { Sheet } from './sheet.ts';
import { SPOOL_ROWS } from './spool-column.ts';

/** The logs that are loaded beside access logs. */
export const FORMATS: readonly LineFormat[] = [CONNECTION_LOG, HEALTH_CHECK_LOG];

/** Returns whether a recognised kind is one of these logs. */
export const isFormattedLog = (kind: string): boolean => FORMATS.some((format) => format.kind === kind);

/** Returns the visitor of one object; `full` is called when the sheet holds a whole row group. */
export function visitFormatted(
  { objectId, window }: Task,
  reading: ObjectReading,
  sheet: Sheet,
  rejects: Rejects,
  full: () => void,
): LineVisitor {
  const { format } = sheet;
  const from = window?.from ?? -Infinity;
  const to = window?.to ?? Infinity;
  const when = format.fields.findIndex(({ type }) => type === 'time');
  const line = newFormattedLine(format);
  let view = new DataView(new ArrayBuffer(0)) as DataView;
  const { reject, refuse, cutLine, longLine } = refusalOf(objectId, reading, rejects);
  return {
    lend(bytes) {
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    line(bytes, start, end) {
      reading.lines++;
      const raw = bytes.subarray(start, end);
      const reason = raw.includes(0) ? 'nul_byte' : readFormatted(format, bytes, view, start, end, line);
      if (reason !== null) {
        reject(reason, end - start, raw);
        return;
      }
      reading.rows++;
      reading.extraFields += line.extra;
      const time = line.numbers[when]!;
      if (reading.firstTime === null || time < reading.firstTime) reading.firstTime = time;
      if (reading.lastTime === null || time > reading.lastTime) reading.lastTime = time;
      if (time < from || time >= to) {
        reading.dropped++;
        return;
      }
      sheet.append(objectId, reading.lines, bytes, view, end, line);
      if (sheet.length === SPOOL_ROWS) full();
    },
    refuse,
    cutLine,
    longLine,
  };
}

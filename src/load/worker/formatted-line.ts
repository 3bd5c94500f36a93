/** Handles each line of a connection or health check log. Every pass does the same, and every row is kept. */
import type { LineHandler } from '../../alb/frame.ts';
import { newFormattedLine, readFormatted } from '../../alb/line-format.ts';
import type { ObjectReading, ObjectTask } from '../message.ts';
import type { LogBuffer } from './log-buffer.ts';
import { type Rejects, refusalOf } from './reject.ts';
import { SPOOL_ROWS } from './row-column.ts';

/** Returns the line handler of one object; `full` is called when the buffer holds a whole row group. */
export function formattedLineHandler(
  { objectId, window }: ObjectTask,
  reading: ObjectReading,
  buffer: LogBuffer,
  rejects: Rejects,
  full: () => void,
): LineHandler {
  const { format } = buffer;
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
      buffer.append(objectId, reading.lines, bytes, view, end, line);
      if (buffer.length === SPOOL_ROWS) full();
    },
    refuse,
    cutLine,
    longLine,
  };
}

/** Lines that are no rows, on their way to rejected_line. */
import { KEPT_OF_LONG_LINE, type LineHandler } from '../../alb/frame.ts';
import { Column } from '../../parquet/column.ts';
import type { ObjectReading } from '../message.ts';
import { ColumnBuffer } from './column-buffer.ts';

export class Rejects extends ColumnBuffer {
  readonly #objectId = new Column('object_id', 'int32', 64);
  readonly #line = new Column('line', 'int64', 64);
  readonly #reason = new Column('reason', 'string', 64);
  readonly #size = new Column('length', 'int64', 64);
  readonly #raw = new Column('raw', 'binary', 64);
  readonly columns = [this.#objectId, this.#line, this.#reason, this.#size, this.#raw];

  /** `length` is that of the whole line in bytes; of a line longer than 64 KiB the first 64 KiB are kept. */
  append(objectId: number, line: number, reason: string, length: number, raw: Uint8Array): void {
    const kept = raw.subarray(0, KEPT_OF_LONG_LINE);
    const code = new TextEncoder().encode(reason);
    this.#objectId.appendInt32(objectId);
    this.#line.appendInt64(line);
    this.#reason.appendBytes(new DataView(code.buffer), 0, code.length);
    this.#size.appendInt64(length);
    this.#raw.appendBytes(new DataView(kept.buffer, kept.byteOffset, kept.byteLength), 0, kept.length);
  }
}

/** Takes lines of any log that are no rows; `reject` takes a line that `line` has counted. */
export interface Refusal extends Pick<LineHandler, 'refuse' | 'cutLine' | 'longLine'> {
  reject(reason: string, length: number, raw: Uint8Array): void;
}

/** Returns the refusal of one object: each line is counted in `reading` and kept in `rejects`. */
export function refusalOf(objectId: number, reading: ObjectReading, rejects: Rejects): Refusal {
  const reject = (reason: string, length: number, raw: Uint8Array) => {
    reading.rejected++;
    rejects.append(objectId, reading.lines, reason, length, raw);
  };
  const uncounted = (reason: string, length: number, raw: Uint8Array) => {
    reading.lines++;
    reject(reason, length, raw);
  };
  return {
    reject,
    refuse: (reason, bytes) => uncounted(reason, bytes.length, bytes),
    cutLine: (bytes) => uncounted('cut_by_damage', bytes.length, bytes),
    longLine: (first, length) => uncounted('line_too_long', length, first),
  };
}

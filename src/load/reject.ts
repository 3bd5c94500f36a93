/** Lines that are no rows, on their way to rejected_line. */
import { KEPT_OF_LONG_LINE } from '../alb/frame.ts';
import { Column } from '../parquet/column.ts';

export class Rejects {
  private readonly objectId = new Column('object_id', 'int32', 64);
  private readonly line = new Column('line', 'int64', 64);
  private readonly reason = new Column('reason', 'string', 64);
  private readonly size = new Column('length', 'int64', 64);
  private readonly raw = new Column('raw', 'binary', 64);
  readonly columns = [this.objectId, this.line, this.reason, this.size, this.raw];

  get length(): number {
    return this.objectId.rows;
  }

  get bytes(): number {
    return this.columns.reduce((sum, column) => sum + column.length, 0);
  }

  clear(): void {
    for (const column of this.columns) column.clear();
  }

  /** `length` is that of the whole line in bytes; of a line longer than 64 KiB the first 64 KiB are kept. */
  append(objectId: number, line: number, reason: string, length: number, raw: Uint8Array): void {
    const kept = raw.subarray(0, KEPT_OF_LONG_LINE);
    const code = new TextEncoder().encode(reason);
    this.objectId.appendInt32(objectId);
    this.line.appendInt64(line);
    this.reason.appendBytes(new DataView(code.buffer), 0, code.length);
    this.size.appendInt64(length);
    this.raw.appendBytes(new DataView(kept.buffer, kept.byteOffset, kept.byteLength), 0, kept.length);
  }
}

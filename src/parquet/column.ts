/**
 * Column buffers that grow as values are appended and hold them as Parquet's PLAIN encoding wants them, so that writing
 * a file is copying them out. One column is one optional Parquet column; an absent value takes one bit and no bytes.
 */

/** Physical and logical types used here; Parquet format, "Types" and "Logical Types". */
export type ColumnType = 'int32' | 'int64' | 'timestamp' | 'double' | 'string' | 'binary' | 'uuid';

/** Copies four bytes at a time: for fields of tens to hundreds of bytes this beats both a byte loop and TypedArray.set. */
export function copyBytes(from: DataView, start: number, length: number, to: DataView, at: number): void {
  const whole = length & ~3;
  let i = 0;
  for (; i < whole; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < length; i++) to.setUint8(at + i, from.getUint8(start + i));
}

export class Column {
  bytes: Uint8Array;
  view: DataView;
  /** Bytes used. */
  length = 0;
  /** Values appended, absent ones included. */
  rows = 0;
  absent = 0;
  /** One bit a row, least significant first: 1 is present. */
  present: Uint8Array;

  readonly name: string;
  readonly type: ColumnType;

  constructor(name: string, type: ColumnType, rows: number) {
    this.name = name;
    this.type = type;
    this.bytes = new Uint8Array(rows * 8);
    this.view = new DataView(this.bytes.buffer);
    this.present = new Uint8Array((rows >> 3) + 8);
  }

  /** Forgets the values and keeps the memory. */
  clear(): void {
    this.present.fill(0, 0, (this.rows >> 3) + 1);
    this.length = 0;
    this.rows = 0;
    this.absent = 0;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  private mark(): void {
    const row = this.rows++;
    const slot = row >> 3;
    if (slot >= this.present.length) {
      const grown = new Uint8Array(this.present.length * 2);
      grown.set(this.present);
      this.present = grown;
    }
    this.present[slot]! |= 1 << (row & 7);
  }

  appendAbsent(): void {
    const row = this.rows++;
    if (row >> 3 >= this.present.length) {
      const grown = new Uint8Array(this.present.length * 2);
      grown.set(this.present);
      this.present = grown;
    }
    this.absent++;
  }

  appendInt32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.length, value, true);
    this.length += 4;
    this.mark();
  }

  /** For integers up to 2^53, as int64 or as a timestamp in microseconds; two's complement in two halves. */
  appendInt64(value: number): void {
    this.reserve(8);
    const high = Math.floor(value / 4294967296);
    this.view.setInt32(this.length, (value - high * 4294967296) | 0, true);
    this.view.setInt32(this.length + 4, high, true);
    this.length += 8;
    this.mark();
  }

  appendDouble(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
    this.mark();
  }

  /** A string or binary value: four bytes of length, then the bytes. The source must be readable up to start + length. */
  appendBytes(from: DataView, start: number, length: number): void {
    this.reserve(length + 4);
    this.view.setInt32(this.length, length, true);
    copyBytes(from, start, length, this.view, this.length + 4);
    this.length += length + 4;
    this.mark();
  }

  /** A uuid from 32 hexadecimal digits given as their 16 bytes. */
  appendUuid(from: Uint8Array): void {
    this.reserve(16);
    this.bytes.set(from, this.length);
    this.length += 16;
    this.mark();
  }
}

/**
 * Column buffers in Parquet's PLAIN encoding. They grow as values are appended, so writing a file only copies them. One
 * column is one optional Parquet column; an absent value takes one bit and no bytes.
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

/** Memory that a column shares with another writer. It does not grow. */
export interface ColumnMemory {
  bytes: Uint8Array;
  present: Uint8Array;
  /** Bytes used, rows, absent values. */
  state: Int32Array;
}

const [LENGTH, ROWS, ABSENT] = [0, 1, 2];

export class Column {
  bytes: Uint8Array;
  view: DataView;
  /** One bit a row, least significant first: 1 means present. */
  present: Uint8Array;

  readonly name: string;
  readonly type: ColumnType;
  /** The distinct values, where `bytes` holds their 16-bit numbers. Whoever shares the memory fills this column. */
  readonly dictionary: Column | null;
  readonly #state: Int32Array;
  readonly #grows: boolean;

  constructor(name: string, type: ColumnType, rows: number, memory?: ColumnMemory, dictionary: Column | null = null) {
    this.dictionary = dictionary;
    this.name = name;
    this.type = type;
    this.#grows = memory === undefined;
    this.bytes = memory?.bytes ?? new Uint8Array(rows * 8);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
    this.present = memory?.present ?? new Uint8Array((rows >> 3) + 8);
    this.#state = memory?.state ?? new Int32Array(3);
  }

  /** Bytes used. */
  get length(): number {
    return this.#state[LENGTH]!;
  }

  /** Values appended, absent ones included. */
  get rows(): number {
    return this.#state[ROWS]!;
  }

  get absent(): number {
    return this.#state[ABSENT]!;
  }

  /** Forgets the values and keeps the memory. */
  clear(): void {
    this.present.fill(0, 0, (this.rows >> 3) + 1);
    this.#state.fill(0);
    this.dictionary?.clear();
  }

  /** Makes room for `more` bytes and returns their position. `bytes` and `view` may be replaced. */
  #take(more: number): number {
    const at = this.#state[LENGTH]!;
    if (at + more > this.bytes.length) this.#grow(at + more);
    this.#state[LENGTH] = at + more;
    return at;
  }

  #grow(needed: number): void {
    if (!this.#grows) throw new Error(`column ${this.name} is full`);
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, needed));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Counts a row and returns it. */
  #nextRow(): number {
    const row = this.#state[ROWS]!++;
    if (row >> 3 < this.present.length) return row;
    if (!this.#grows) throw new Error(`column ${this.name} is full`);
    const grown = new Uint8Array(this.present.length * 2);
    grown.set(this.present);
    this.present = grown;
    return row;
  }

  #mark(): void {
    const row = this.#nextRow();
    this.present[row >> 3]! |= 1 << (row & 7);
  }

  appendAbsent(): void {
    this.#nextRow();
    this.#state[ABSENT]!++;
  }

  appendInt32(value: number): void {
    const at = this.#take(4);
    this.view.setInt32(at, value, true);
    this.#mark();
  }

  /** Appends an integer up to 2^53, as int64 or as a timestamp in microseconds: two's complement in two halves. */
  appendInt64(value: number): void {
    const at = this.#take(8);
    const high = Math.floor(value / 4294967296);
    this.view.setInt32(at, (value - high * 4294967296) | 0, true);
    this.view.setInt32(at + 4, high, true);
    this.#mark();
  }

  appendDouble(value: number): void {
    const at = this.#take(8);
    this.view.setFloat64(at, value, true);
    this.#mark();
  }

  /** Appends a string or binary value: four bytes of length, then the bytes. The source must be readable up to start + length. */
  appendBytes(from: DataView, start: number, length: number): void {
    const at = this.#take(length + 4);
    this.view.setInt32(at, length, true);
    copyBytes(from, start, length, this.view, at + 4);
    this.#mark();
  }

  /** Appends a uuid, given as the 16 bytes of its 32 hexadecimal digits. */
  appendUuid(from: Uint8Array): void {
    const at = this.#take(16);
    this.bytes.set(from, at);
    this.#mark();
  }
}

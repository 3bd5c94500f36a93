/** Writes Thrift's compact protocol, the encoding of Parquet's page headers and footer. */

const STOP = 0;
export const I32 = 5;
export const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/** Writes a struct. Fields must come in rising order of their ids. Booleans are not supported. */
export class CompactWriter {
  readonly #out: number[] = [];
  #last = 0;
  readonly #stack: number[] = [];

  bytes(): Uint8Array {
    return Uint8Array.from(this.#out);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#out.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.#out.push(rest);
  }

  #head(id: number, type: number): void {
    this.#out.push(((id - this.#last) << 4) | type);
    this.#last = id;
  }

  /** Writes a non-negative integer field. Parquet's fields that are written here are never negative. */
  integer(id: number, type: typeof I32 | typeof I64, value: number): void {
    this.#head(id, type);
    this.#varint(value * 2);
  }

  text(id: number, value: string): void {
    this.#head(id, BINARY);
    this.#string(value);
  }

  #string(value: string): void {
    const encoded = new TextEncoder().encode(value);
    this.#varint(encoded.length);
    for (const byte of encoded) this.#out.push(byte);
  }

  struct(id: number, body: () => void): void {
    this.#head(id, STRUCT);
    this.element(body);
  }

  /** Writes the root struct, or an element of a list of structs. */
  element(body: () => void): void {
    this.#stack.push(this.#last);
    this.#last = 0;
    body();
    this.#out.push(STOP);
    this.#last = this.#stack.pop()!;
  }

  #list(id: number, type: number, length: number): void {
    this.#head(id, LIST);
    if (length < 15) this.#out.push((length << 4) | type);
    else {
      this.#out.push(0xf0 | type);
      this.#varint(length);
    }
  }

  structs<T>(id: number, items: readonly T[], body: (item: T) => void): void {
    this.#list(id, STRUCT, items.length);
    for (const item of items) this.element(() => body(item));
  }

  integers(id: number, items: readonly number[]): void {
    this.#list(id, I32, items.length);
    for (const item of items) this.#varint(item * 2);
  }

  strings(id: number, items: readonly string[]): void {
    this.#list(id, BINARY, items.length);
    for (const item of items) this.#string(item);
  }
}

/** Numbers distinct byte strings from 0 on. The hash only says where to look; the bytes decide. */
import { copyBytes } from './column.ts';

export class Interner {
  #slots = new Int32Array(256).fill(-1);
  #hashes: number[] = [];
  #at: number[] = [];
  #lengths: number[] = [];
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;

  get size(): number {
    return this.#hashes.length;
  }

  clear(): void {
    this.#slots.fill(-1);
    this.#hashes.length = this.#at.length = this.#lengths.length = this.#used = 0;
  }

  /** Returns the number of the `length` bytes at `start`. New bytes get the size before the call. */
  number(from: DataView, start: number, length: number): number {
    const hash = hashOf(from, start, length);
    const slot = this.#slotOf(hash, from, start, length);
    if (this.#slots[slot]! >= 0) return this.#slots[slot]!;
    this.#slots[slot] = this.#hashes.length;
    return this.#add(hash, from, start, length);
  }

  /** Returns the number of the bytes, or the size for unknown bytes. */
  find(from: DataView, start: number, length: number): number {
    const slot = this.#slotOf(hashOf(from, start, length), from, start, length);
    return this.#slots[slot]! >= 0 ? this.#slots[slot]! : this.size;
  }

  /** Returns the slot that holds the bytes, or the empty slot where they belong. */
  #slotOf(hash: number, from: DataView, start: number, length: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let found = this.#slots[slot]!; found >= 0; found = this.#slots[slot]!) {
      if (this.#hashes[found] === hash && this.#isSame(found, from, start, length)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Returns the bytes that have this number. */
  get(number: number): Uint8Array {
    return this.#bytes.subarray(this.#at[number]!, this.#at[number]! + this.#lengths[number]!);
  }

  #isSame(found: number, from: DataView, start: number, length: number): boolean {
    if (this.#lengths[found] !== length) return false;
    const view = this.#view;
    const at = this.#at[found]!;
    const whole = length & ~3;
    let i = 0;
    for (; i < whole; i += 4) if (view.getInt32(at + i, true) !== from.getInt32(start + i, true)) return false;
    for (; i < length; i++) if (view.getUint8(at + i) !== from.getUint8(start + i)) return false;
    return true;
  }

  #add(hash: number, from: DataView, start: number, length: number): number {
    const number = this.#hashes.length;
    if (this.#used + length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length));
      grown.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    copyBytes(from, start, length, this.#view, this.#used);
    this.#hashes.push(hash);
    this.#at.push(this.#used);
    this.#lengths.push(length);
    this.#used += length;
    if (number * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    this.#hashes.forEach((hash, number) => {
      let slot = hash & mask;
      while (slots[slot]! >= 0) slot = (slot + 1) & mask;
      slots[slot] = number;
    });
    this.#slots = slots;
  }
}

function hashOf(from: DataView, start: number, length: number): number {
  const whole = length & ~3;
  let hash = length;
  let i = 0;
  for (; i < whole; i += 4) {
    hash = Math.imul(hash ^ from.getInt32(start + i, true), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; i < length; i++) hash = Math.imul(hash ^ from.getUint8(start + i), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

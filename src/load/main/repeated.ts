/** Finds the uris that a long list may have more than once, in eight bytes each: only those must be remembered as seen. Pure. */

export class RepeatedUris {
  #hashes = new Float64Array(1024);
  #count = 0;

  add(uri: string): void {
    if (this.#count === this.#hashes.length) {
      const longer = new Float64Array(2 * this.#count);
      longer.set(this.#hashes);
      this.#hashes = longer;
    }
    this.#hashes[this.#count++] = hashOf(uri);
  }

  /** Returns whether a uri may be repeated: true for each that is, and for a few that share their hash with another uri. */
  filter(): (uri: string) => boolean {
    const sorted = this.#hashes.subarray(0, this.#count).sort();
    const repeated = new Set<number>();
    for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) repeated.add(sorted[i]!);
    this.#hashes = new Float64Array(0);
    this.#count = 0;
    return repeated.size === 0 ? () => false : (uri) => repeated.has(hashOf(uri));
  }
}

/** A hash of 53 bits: two of 32 with other factors. */
function hashOf(text: string): number {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 15;
  }
  return (a >>> 11) * 0x100000000 + (b >>> 0);
}

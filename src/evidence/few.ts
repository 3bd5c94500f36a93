/** A map of a handful of entries: a capture of a cluster holds several for each of half a million pods, most of them empty. */

/** With more entries than this, a linear search takes longer than a hash. */
const FEW = 8;

export class Few<V> {
  readonly #keys: string[];
  readonly #values: V[];
  /** Positions by key, once there are many. */
  #index: Map<string, number> | null = null;

  /** Begins with one entry. */
  constructor(key: string, value: V) {
    // Arrays that are made with their element have no room to spare.
    this.#keys = [key];
    this.#values = [value];
  }

  #find(key: string): number {
    return this.#index ? (this.#index.get(key) ?? -1) : this.#keys.indexOf(key);
  }

  has(key: string): boolean {
    return this.#find(key) !== -1;
  }

  get(key: string): V | undefined {
    return this.#values[this.#find(key)];
  }

  /** An entry stays where it was set first. */
  set(key: string, value: V): void {
    const at = this.#find(key);
    if (at !== -1) {
      this.#values[at] = value;
      return;
    }
    this.#index?.set(key, this.#keys.length);
    this.#keys.push(key);
    this.#values.push(value);
    if (this.#keys.length === FEW) this.#index = new Map(this.#keys.map((own, i) => [own, i]));
  }

  values(): readonly V[] {
    return this.#values;
  }
}

/** Adds an entry to what may not be there yet. */
export function setIn<V>(few: Few<V> | null, key: string, value: V): Few<V> {
  if (few === null) return new Few(key, value);
  few.set(key, value);
  return few;
}

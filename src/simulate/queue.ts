/** Queue of future actions: a heap, ordered by time and then by insertion. */

interface Entry {
  time: number;
  order: number;
  act(): void;
}

export class Queue {
  readonly #heap: Entry[] = [];
  #asked = 0;
  /** Time of the current action, microseconds. */
  now = Number.NEGATIVE_INFINITY;

  /** Schedules an action. A time in the past means now. */
  at(time: number, act: () => void): void {
    const entry = { time: Math.max(time, this.now), order: this.#asked++, act };
    const heap = this.#heap;
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  /** Runs all actions that are due before `until`. */
  run(until: number): void {
    while (this.#heap.length > 0 && this.#heap[0]!.time < until) {
      const entry = this.#pop();
      this.now = entry.time;
      entry.act();
    }
  }

  #pop(): Entry {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.time < b.time || (a.time === b.time && a.order < b.order);

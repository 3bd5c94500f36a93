/** Runs several listings at once and yields their results as if they ran one after another. */

/** Results that a listing may be ahead, before it waits for its turn. */
const MOST_AHEAD = 4;

/**
 * Yields everything of each iteration, in their order. Starts `atOnce` of them early, once the first one has given its first
 * result. An error appears when its turn comes. Ends all of them when the consumer stops early.
 */
export async function* inOrder<T>(starts: readonly (() => AsyncIterable<T>)[], atOnce: number): AsyncGenerator<T> {
  const running: Reader<T>[] = [];
  let next = 0;
  const open = (most: number) => {
    while (next < starts.length && running.length < most) running.push(new Reader(starts[next++]!()));
  };
  try {
    open(1);
    for (let reader = running[0]; reader; reader = running[0]) {
      for (let result = await reader.next(); ; result = await reader.next()) {
        open(atOnce);
        if (result === null) break;
        yield result.value;
      }
      running.shift();
      open(1);
    }
  } finally {
    for (const reader of running) reader.stop();
  }
}

/** Reads an iteration ahead of its consumer. */
class Reader<T> {
  readonly #results: T[] = [];
  #isDone = false;
  #isStopped = false;
  #error: { cause: unknown } | null = null;
  /** Wakes whichever side waits. */
  #wake: () => void = () => {};

  constructor(source: AsyncIterable<T>) {
    void this.#read(source);
  }

  /** Returns the next result, or null at the end. Throws the error of the iteration. */
  async next(): Promise<{ value: T } | null> {
    while (this.#results.length === 0 && !this.#isDone) await this.#sleep();
    const isEmpty = this.#results.length === 0;
    if (isEmpty && this.#error) throw this.#error.cause;
    if (isEmpty) return null;
    const value = this.#results.shift()!;
    this.#wake();
    return { value };
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  async #read(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const result of source) {
        this.#results.push(result);
        this.#wake();
        while (this.#results.length >= MOST_AHEAD && !this.#isStopped) await this.#sleep();
        if (this.#isStopped) break;
      }
    } catch (cause) {
      this.#error = { cause };
    }
    this.#isDone = true;
    this.#wake();
  }

  /** Only one side waits at a time: the reader with many results, or the consumer with none. */
  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** At most so many tasks at a time; the others wait their turn. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/** Gives each request its turn: few at a time, each for a limited time, and it ends when its client no longer waits. */
import { SECOND_MS } from '../time/time.ts';

/** DuckDB uses all cores for one question, so more at a time only share them. */
const AT_A_TIME = 2;
const MOST_WAITING = 32;

/** A request that had to end, in a sentence for the agent. */
export class TurnError extends Error {
  override name = 'TurnError';
}

export class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #seconds: number;

  /** `seconds` is the longest time of one request; waiting does not count. */
  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** Runs `work` in its turn. Its signal aborts when `cancelled` does and when the time is over. Throws TurnError. */
  async run<T>(cancelled: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    await this.#enter(cancelled);
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), this.#seconds * SECOND_MS);
    try {
      cancelled.throwIfAborted();
      return await work(AbortSignal.any([cancelled, over.signal]));
    } catch (error) {
      if (!over.signal.aborted) throw error;
      throw new TurnError(
        `it took longer than ${this.#seconds} s and was stopped: ask for a shorter window, or let the user raise --time-limit`,
        { cause: error },
      );
    } finally {
      clearTimeout(timer);
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Settles when nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running > 0) await new Promise((settle) => setTimeout(settle, 10));
  }

  async #enter(cancelled: AbortSignal): Promise<void> {
    if (this.#running >= AT_A_TIME) {
      if (this.#waiting.length >= MOST_WAITING) {
        throw new TurnError(`too many requests wait already (${MOST_WAITING}): wait for an answer before the next one`);
      }
      await new Promise<void>((settle) => {
        const begin = (): void => {
          cancelled.removeEventListener('abort', leave);
          settle();
        };
        const leave = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(begin), 1);
          settle();
        };
        this.#waiting.push(begin);
        cancelled.addEventListener('abort', leave, { once: true });
      });
    }
    this.#running++;
  }
}

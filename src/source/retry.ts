/** Waits between tries, and gives up on silent servers. */
import { setTimeout as delay } from 'node:timers/promises';
import { StalledError } from './s3-error.ts';

/** Retry and time settings; tests provide their own. */
export interface Patience {
  /** Number of tries, the first included. */
  tries: number;
  /**
   * Milliseconds without a byte after which a request is given up. A body is also given up when this many milliseconds bring
   * fewer bytes than this number: less than 1 kB a second.
   */
  idleMs: number;
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** As Math.random. */
  random(): number;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

export const PATIENCE: Patience = {
  tries: 5,
  idleMs: 30_000,
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
  random: Math.random,
};

/** Returns the milliseconds to wait after try number `tried` (from 1): doubling, each between half and all of the value. */
export function backoffMs(tried: number, random: () => number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tried - 1));
  return longest * (0.5 + random() / 2);
}

/**
 * Returns what `attempt` returns. Tries again while `mayHelp` returns true and tries are left, else throws the last error.
 * Throws the signal's reason once it is aborted.
 */
export async function persist<T>(
  attempt: () => Promise<T>,
  mayHelp: (error: unknown) => boolean,
  patience: Patience,
  signal: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (tried >= patience.tries || !mayHelp(error)) throw error;
      await patience.sleep(backoffMs(tried, patience.random), signal);
    }
  }
}

/** Call this at each sign of life, with the number of bytes received. */
export type Alive = (bytes?: number) => void;

/**
 * Runs `work` with a signal that is aborted when `outer` is aborted, when `alive` was not called for `idleMs` milliseconds, or
 * when `idleMs` milliseconds brought fewer bytes than that number. Throws StalledError in the last two cases, whatever `work` throws.
 */
export async function watched<T>(
  idleMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal, alive: Alive) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const inner = new AbortController();
  const onAbort = () => inner.abort(outer.reason);
  outer.addEventListener('abort', onAbort, { once: true });
  const idle = setTimeout(() => inner.abort(new StalledError(idleMs)), idleMs);
  let slow: NodeJS.Timeout | undefined;
  let received = 0;
  const alive: Alive = (bytes = 0) => {
    idle.refresh();
    received += bytes;
    slow ??= setInterval(() => {
      if (received < idleMs) inner.abort(new StalledError(idleMs, received));
      received = 0;
    }, idleMs);
  };
  try {
    return await work(inner.signal, alive);
  } catch (error) {
    throw inner.signal.reason instanceof StalledError ? inner.signal.reason : error;
  } finally {
    clearTimeout(idle);
    clearInterval(slow);
    outer.removeEventListener('abort', onAbort);
  }
}

/** Waiting: between tries, and for a server that may have gone silent. */
import { setTimeout as delay } from 'node:timers/promises';
import { StalledError } from './s3-error.ts';

/** How the passing of time is met; tests bring their own. */
export interface Patience {
  /** Tries in all, the first included. */
  tries: number;
  /**
   * Milliseconds without a byte after which a request is given up. A body is given up too when so many milliseconds bring fewer
   * bytes than that number: less than 1 kB a second.
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

/** Returns the milliseconds to wait after the `tried`-th try (1 is the first): doubling, each between half and all of it. */
export function backoffMs(tried: number, random: () => number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tried - 1));
  return longest * (0.5 + random() / 2);
}

/**
 * Returns what `attempt` returns, trying again while `mayHelp` says so and tries are left; else throws its last error.
 * Throws the signal's reason once that is aborted.
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

/** To be called at each sign of life, with the bytes that came. */
export type Alive = (bytes?: number) => void;

/**
 * Runs `work` with a signal that is aborted when `outer` is, or when `alive` was not called for `idleMs` milliseconds, or was
 * told of fewer bytes than that in so many. Throws StalledError in the latter cases, whatever the work then threw.
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

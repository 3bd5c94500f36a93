/** Sends steady requests, half of them on connections that stay open, to see the service as a client does. */
import { MINUTE_MS, SECOND_MS, toMillis } from '../time/time.ts';
import { type ProbeResult, Requester } from './request.ts';

export interface ProbeRequest {
  url: URL;
  /** Requests a second. */
  rate: number;
  forMs: number;
  timeoutMs: number;
  /** Microseconds. */
  now(): number;
  /** Waits; returns early when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Takes each result when its request ends. */
  ended(result: ProbeResult): Promise<void>;
  note(text: string): void;
  signal: AbortSignal;
}

/** Most requests that wait for an answer. Beyond it the probe waits too, so it does not load a service in trouble. */
const MOST_WAITING = 100;
/** The rate returns this long after the last 429. */
const CALM_MS = 30_000;
const LONGEST_PAUSE_MS = MINUTE_MS;

/** Sends until the time is over or the signal is aborted, then waits for the open answers. */
export async function runProbe(request: ProbeRequest): Promise<void> {
  const { rate, forMs, now, sleep, ended, note, signal } = request;
  const requester = new Requester(request.url, request.timeoutMs, now);
  const waiting = new Set<Promise<void>>();
  let gapMs = SECOND_MS / rate;
  let pauseUntil = 0;
  let lastRefusal = Number.NEGATIVE_INFINITY;
  const nowMs = () => toMillis(now());
  const endMs = nowMs() + forMs;
  let dueMs = nowMs();
  try {
    for (let n = 0; !signal.aborted && nowMs() < endMs; n++) {
      const waitMs = Math.max(dueMs, pauseUntil) - nowMs();
      if (waitMs > 0) await sleep(Math.min(waitMs, endMs - nowMs()), signal);
      if (signal.aborted || nowMs() >= endMs) break;
      if (gapMs > SECOND_MS / rate && nowMs() - lastRefusal > CALM_MS) gapMs = SECOND_MS / rate;
      // Requests that could not be sent in time are not made up for.
      dueMs = Math.max(dueMs, nowMs() - gapMs) + gapMs;
      const one = requester.send(n % 2 === 0 ? 'kept' : 'new', signal).then(async (result) => {
        if (result.status === 429) {
          if (nowMs() - lastRefusal > SECOND_MS) {
            gapMs *= 2;
            note('The server answers 429 (too many requests): half the rate.');
          }
          lastRefusal = nowMs();
          pauseUntil = nowMs() + Math.min(result.retryAfterMs ?? gapMs, LONGEST_PAUSE_MS);
        }
        // A request that we aborted says nothing about the service.
        if (!signal.aborted || result.error === null) await ended(result);
      });
      waiting.add(one);
      void one.finally(() => waiting.delete(one)).catch(() => {});
      if (waiting.size >= MOST_WAITING) await Promise.race(waiting);
    }
    await Promise.all(waiting);
  } finally {
    requester.close();
  }
}

/** Waits for the logs of a window, look by look, and ends as soon as the outcome is sure. */
import type { Micros } from '../time/time.ts';

/** One look at the window, after a load. */
export interface Look<T> {
  outcome: T;
  /** Whether a limit is broken: more logs cannot mend that. */
  isBroken: boolean;
  /** End of the loaded logs, null without logs. */
  end: Micros | null;
  requests: number;
}

export interface GateRequest<T> {
  to: Micros;
  deadline: Micros;
  everyMs: number;
  now(): Micros;
  look(): Promise<Look<T>>;
  sleep(milliseconds: number): Promise<void>;
  note(text: string): Promise<void>;
}

export interface GateEnd<T> {
  outcome: T;
  /** `complete`: the logs reach beyond the window, and a second look brought nothing new. */
  why: 'broken' | 'complete' | 'deadline';
}

/**
 * Looks until a limit is broken, the window is complete, or the deadline has passed. Each node of a balancer delivers its own log,
 * so logs that reach beyond the window end nothing until a look later no request of the window was added.
 */
export async function passGate<T>(request: GateRequest<T>): Promise<GateEnd<T>> {
  const { to, deadline, everyMs, now, look, sleep, note } = request;
  let before: number | null = null;
  for (;;) {
    const { outcome, isBroken, end, requests } = await look();
    if (isBroken) return { outcome, why: 'broken' };
    const reaches = now() >= to && end !== null && end >= to;
    if (reaches && before === requests) return { outcome, why: 'complete' };
    if (now() >= deadline) return { outcome, why: 'deadline' };
    before = reaches ? requests : null;
    await note(reaches ? 'the logs reach beyond the window; looking once more' : 'waiting for logs of the window');
    await sleep(everyMs);
  }
}

/** Waits for the logs of a window, look by look, and ends as soon as the outcome is sure. */
import type { Micros } from '../time/time.ts';

/** One look at the window, after a load. */
export interface Look<T> {
  outcome: T;
  /** Whether a limit is broken: more logs cannot mend that. */
  isBroken: boolean;
  /** End of the window; null while what it waits for has not ended. */
  to: Micros | null;
  /** End of the loaded logs, null without logs. */
  end: Micros | null;
  requests: number;
  /** The targets that the window waits for, as `2 old targets of shop/web`. Empty if `to` is known. */
  going: string;
}

export interface GateRequest<T> {
  /** How long after the window's end its logs are waited for. */
  settle: Micros;
  /** Until when the end of the window is waited for, and until when it may move: rollouts may follow each other for ever. */
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
 * Looks until a limit is broken, the window is complete, or a deadline has passed. Each node of a balancer delivers its own log,
 * so logs that reach beyond the window end nothing until a look later no request of the window was added.
 */
export async function passGate<T>(request: GateRequest<T>): Promise<GateEnd<T>> {
  const { settle, deadline, everyMs, now, look, sleep, note } = request;
  let before = null as { to: Micros; requests: number } | null;
  for (;;) {
    const { outcome, isBroken, to, end, requests, going } = await look();
    if (isBroken) return { outcome, why: 'broken' };
    const reaches = to !== null && now() >= to && end !== null && end >= to;
    if (reaches && before?.to === to && before.requests === requests) return { outcome, why: 'complete' };
    if (now() >= (to === null ? deadline : Math.min(to, deadline) + settle)) return { outcome, why: 'deadline' };
    before = reaches ? { to, requests } : null;
    if (to === null) await note(`the rollout has not ended: ${going}`);
    else await note(reaches ? 'the logs reach beyond the window; looking once more' : 'waiting for logs of the window');
    await sleep(everyMs);
  }
}

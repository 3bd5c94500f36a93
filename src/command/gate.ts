/** Waits for the logs of a window, look by look, and ends as soon as the outcome is sure. */
import { MINUTE, type Micros } from '../time/time.ts';

/** One look at the window, after a load. */
export interface Look<T> {
  outcome: T;
  /** Whether a limit is broken: more logs cannot mend that. */
  isBroken: boolean;
  /** End of the window; null while what it waits for has not ended. */
  to: Micros | null;
  /** Whether each source could be read to its end: else the next look may bring more. */
  isWhole: boolean;
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
  /** `complete`: the logs reach beyond the window, and nothing of it was added for a while. */
  why: 'broken' | 'complete' | 'deadline';
}

/** Each node of a balancer delivers its own log, some minutes after the five minutes that it is of. */
const QUIET = 2 * MINUTE;

/**
 * Looks until a limit is broken, the window is complete, or a deadline has passed. Logs that reach beyond the window end nothing until
 * no request of the window was added for QUIET.
 */
export async function passGate<T>(request: GateRequest<T>): Promise<GateEnd<T>> {
  const { settle, deadline, everyMs, now, look, sleep, note } = request;
  let quiet = null as { to: Micros; requests: number; since: Micros } | null;
  for (;;) {
    const { outcome, isBroken, isWhole, to, end, requests, going } = await look();
    if (isBroken) return { outcome, why: 'broken' };
    const reaches = isWhole && to !== null && now() >= to && end !== null && end >= to;
    if (!reaches) quiet = null;
    else if (quiet?.to !== to || quiet.requests !== requests) quiet = { to, requests, since: now() };
    if (quiet !== null && now() - quiet.since >= QUIET) return { outcome, why: 'complete' };
    if (now() >= (to === null ? deadline : Math.min(to, deadline) + settle)) return { outcome, why: 'deadline' };
    if (to === null) await note(`the rollout has not ended: ${going}`);
    else
      await note(
        reaches
          ? 'the logs reach beyond the window; waiting for those of other nodes'
          : 'waiting for logs of the window',
      );
    await sleep(everyMs);
  }
}

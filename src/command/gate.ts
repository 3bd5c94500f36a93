/** Waits for the logs of a window, look by look, and ends as soon as the outcome is sure. */
import { count } from '../number/count.ts';
import { MINUTE, type Micros } from '../time/time.ts';

/** One look at the window, after a load. */
export interface Look<T> {
  outcome: T;
  /** Whether a limit is broken: more logs cannot mend that. */
  isBroken: boolean;
  /** End of the window; null while what it waits for has not ended. */
  to: Micros | null;
  /** In words, why the next look may bring more: a source was not read to its end, evidence is missing. Empty without a reason. */
  lacks: string;
  /** Time until which logs are here, null without logs. */
  end: Micros | null;
  /** Nodes of balancers that delivered shortly before the window's end, and have not delivered up to it. */
  late: readonly string[];
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
  /** Whether an error may have passed at the next look, such as one of the network. */
  mayPass(error: unknown): error is Error;
  sleep(milliseconds: number): Promise<void>;
  note(text: string): Promise<void>;
}

export interface GateEnd<T> {
  outcome: T;
  /** `complete`: the logs reach beyond the window, and nothing of it was added for a while. */
  why: 'broken' | 'complete' | 'deadline';
}

/** A busy node of a balancer delivers several logs of the same five minutes. */
const QUIET = 2 * MINUTE;

/** After this time beyond the window a node that has not delivered is taken to have had no request: it delivers no empty log. */
const GRACE = 15 * MINUTE;

/**
 * Looks until a limit is broken, the window is complete, or a deadline has passed. The window is complete when each node of the balancer
 * has delivered its logs up to its end, or GRACE has passed, and no request of the window was added for QUIET. An error of the first
 * look ends the gate: a wrong place is wrong at once. Later, a network may come back.
 */
export async function passGate<T>(request: GateRequest<T>): Promise<GateEnd<T>> {
  const { settle, deadline, everyMs, now, look, mayPass, sleep, note } = request;
  let quiet = null as { to: Micros; requests: number; since: Micros } | null;
  let last = null as Micros | null;
  for (;;) {
    let seen: Look<T>;
    try {
      seen = await look();
    } catch (error) {
      if (last === null || now() >= last || !mayPass(error)) throw error;
      await note(`${error.message}; trying again`);
      await sleep(everyMs);
      continue;
    }
    const { outcome, isBroken, lacks, to, end, late, requests, going } = seen;
    if (isBroken) return { outcome, why: 'broken' };
    const isOver = to !== null && now() >= to && end !== null && end >= to;
    const reaches = isOver && lacks === '' && (late.length === 0 || now() >= to + GRACE);
    if (!reaches) quiet = null;
    else if (quiet?.to !== to || quiet.requests !== requests) quiet = { to, requests, since: now() };
    last = to === null ? deadline : Math.min(to, deadline) + settle;
    const isComplete = quiet !== null && now() - quiet.since >= QUIET;
    if (isComplete || now() >= last) {
      if (isOver && late.length > 0)
        await note(`no log of ${nodesText(late)} reaches the end of the window; a node without requests delivers none`);
      return { outcome, why: isComplete ? 'complete' : 'deadline' };
    }
    if (to === null) await note(`the rollout has not ended: ${going}`);
    else if (isOver && lacks !== '') await note(`waiting: ${lacks}`);
    else if (isOver && !reaches) await note(`waiting for logs of ${nodesText(late)}`);
    else
      await note(
        reaches ? 'the logs reach beyond the window; waiting for more of them' : 'waiting for logs of the window',
      );
    await sleep(everyMs);
  }
}

/** Most nodes that a line names. */
const NODES_TOLD = 3;

/** Returns nodes in words, as `2 nodes (10.0.0.1 of shop, 10.0.0.2 of shop)`. */
function nodesText(nodes: readonly string[]): string {
  const more = nodes.length > NODES_TOLD ? ' and more' : '';
  return `${count(nodes.length, 'node')} (${nodes.slice(0, NODES_TOLD).join(', ')}${more})`;
}

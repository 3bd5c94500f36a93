/** Simulates one request: its target and its outcome, from the true state of the world. */
import { fromSeconds, MILLISECOND, SECOND } from '../time/time.ts';
import type { Connections } from './connection.ts';
import type { Random } from './random.ts';
import { cutWithin, type Hop, isBlocked, isClosing, reach } from './reach.ts';
import type { Scenario } from './scenario.ts';
import type { Pod, Registration, World } from './world.ts';

/** Connect timeout of the load balancer. */
const CONNECT_SECONDS = 10;

/** The client's request, drawn before its target is known. */
export interface Wish {
  kind: 'plain' | 'error' | 'hang' | 'client_close' | 'fixed_response' | 'websocket';
  albNode: number;
  /** R, the time of the request. */
  created: number;
  /** Time that the application takes, microseconds; for a websocket, the time that it would stay open. */
  length: number;
  /** When an impatient client gives up, as a share of `length`. */
  patience: number;
  client: number;
}

export type Ending =
  | 'answered'
  | 'connect_timeout'
  | 'connect_failed'
  | 'closed_in_flight'
  | 'response_timeout'
  | 'no_target'
  | 'fixed_response'
  | 'target_error'
  | 'client_closed';

/** Why an exchange ended as it did; the truth is derived from it. */
export type Reason = 'exit' | 'restart' | 'node' | 'drain_delay' | 'race' | 'slow' | 'stall' | 'blocked_node' | null;

export interface Exchange {
  wish: Wish;
  registration: Registration | null;
  /** The pod that had the address at R, or had it last. */
  pod: Pod | null;
  ending: Ending;
  reason: Reason;
  /** F, the time when the load balancer answered. */
  time: number;
  /** Microseconds; null becomes -1 in the log. */
  requestTime: number | null;
  targetTime: number | null;
  responseTime: number | null;
  /** Status of the target's error answer. */
  status?: 500 | 502 | 503;
}

/** Simulates one request to a target. */
export function play(
  wish: Wish,
  registration: Registration,
  pod: Pod | null,
  world: World,
  scenario: Scenario,
  connections: Connections,
  random: Random,
  hop: Hop | null = null,
): Exchange {
  const start = wish.created;
  const none = { wish, registration, pod, requestTime: null, targetTime: null, responseTime: null };
  const met = reach(world, pod, wish.albNode, start, hop);
  const pool = pod === null ? '' : poolOf(wish.albNode, pod, start, hop);
  const isProcessThere = pod !== null && (pod.exited === null || pod.exited > start);
  const found = isProcessThere && met !== 'refused' ? connections.take(pool, start) : 'new';
  if (met === 'silent' && found === 'new') {
    const time = start + fromSeconds(CONNECT_SECONDS) + MILLISECOND + random.integer(8 * MILLISECOND);
    const isOneNode =
      isBlocked(world.blocked, wish.albNode, start) && !isBlocked(world.blocked, world.albNodes.length - 1, start);
    const reason = isOneNode ? 'blocked_node' : null;
    return { ...none, ending: 'connect_timeout', reason, time };
  }
  // A proxy beside the application answers when the application is away.
  if (met === 'refused' && pod !== null && isProxied(pod, start, scenario)) {
    return errorAt({ wish, registration, pod, requestTime: 0 }, start + MILLISECOND, 503);
  }
  if (met === 'refused') {
    const time = start + MILLISECOND + random.integer(3 * MILLISECOND);
    return { ...none, ending: 'connect_failed', reason: null, time };
  }
  const requestTime = random.integer(2 * MILLISECOND);
  const sent = start + requestTime;
  const given = { wish, registration, pod: pod!, requestTime };
  if (met === 'silent') return giveUp(given, sent, 'slow', scenario, random);
  if (found === 'closing') {
    const targetTime = random.integer(MILLISECOND);
    return {
      ...given,
      targetTime,
      responseTime: null,
      ending: 'closed_in_flight',
      reason: 'race',
      time: sent + targetTime,
    };
  }
  if (isClosing(given.pod, start)) {
    const targetTime = random.integer(200 * MILLISECOND);
    const time = sent + targetTime;
    return { ...given, targetTime, responseTime: null, ending: 'closed_in_flight', reason: 'stall', time };
  }
  const exchange = answer(given, sent, scenario, random, hop);
  if (exchange.ending === 'answered' || exchange.ending === 'target_error') connections.give(pool, exchange.time);
  return exchange;
}

type Given = Pick<Exchange, 'wish' | 'registration' | 'requestTime'> & { pod: Pod };

/** The process has received the request. */
function answer(given: Given, sent: number, scenario: Scenario, random: Random, hop: Hop | null): Exchange {
  const { wish, pod } = given;
  const responseTime = random.integer(2 * MILLISECOND);
  const isSocket = wish.kind === 'websocket';
  const answered = wish.kind === 'hang' ? Number.POSITIVE_INFINITY : sent + wish.length;
  const closed =
    wish.kind === 'client_close' ? sent + Math.max(MILLISECOND, Math.floor(wish.length * wish.patience)) : Infinity;
  const patience = isSocket ? Number.POSITIVE_INFINITY : sent + fromSeconds(scenario.idleTimeoutSeconds);
  const drained = drainedAt(given.registration!, sent, scenario, random);
  const ends = Math.min(answered, closed, patience, drained);
  const cut = cutWithin(pod, sent, Number.isFinite(ends) ? ends : Number.MAX_SAFE_INTEGER, hop);
  const upTo = (time: number): Pick<Exchange, 'time' | 'targetTime' | 'responseTime'> => {
    return { time, targetTime: time - sent, responseTime: null };
  };
  if (isSocket) {
    // The log shows no failure for a close: the status is 101 in both cases.
    const time = cut === null ? ends : cut.isTold ? cut.time : cut.time + fromSeconds(scenario.idleTimeoutSeconds);
    const reason = cut?.by ?? (ends === drained ? 'drain_delay' : null);
    return { ...given, time, targetTime: MILLISECOND, responseTime: 0, ending: 'answered', reason };
  }
  const { terminated } = pod;
  if (scenario.sigterm === 'error' && terminated !== null && terminated <= sent && !isSocket) {
    return errorAt(given, sent + random.integer(3 * MILLISECOND), 503);
  }
  if (cut?.isTold && isProxied(pod, cut.time, scenario)) return errorAt(given, cut.time, 502);
  if (cut?.isTold) return { ...given, ...upTo(cut.time), ending: 'closed_in_flight', reason: cut.by };
  if (cut) return giveUp(given, sent, 'node', scenario, random);
  if (ends === answered) {
    const ending = wish.kind === 'error' ? 'target_error' : 'answered';
    return { ...given, time: answered + responseTime, targetTime: wish.length, responseTime, ending, reason: null };
  }
  if (ends === closed) return { ...given, ...upTo(closed), ending: 'client_closed', reason: null };
  if (ends === drained) return { ...given, ...upTo(drained), ending: 'closed_in_flight', reason: 'drain_delay' };
  return giveUp(given, sent, 'slow', scenario, random);
}

/** The target itself answers with an error. */
function errorAt(given: Given, time: number, status: 502 | 503): Exchange {
  const targetTime = time - given.wish.created - (given.requestTime ?? 0);
  return { ...given, time, targetTime, responseTime: 0, ending: 'target_error', reason: null, status };
}

/** Whether a proxy accepts the connection although the application is gone or away. */
const isProxied = (pod: Pod, time: number, scenario: Scenario): boolean =>
  scenario.sidecarAnswers && pod.sidecar !== null && (pod.sidecar.exited === null || pod.sidecar.exited > time);

/** No answer comes, so the load balancer waits for the idle timeout. */
function giveUp(given: Given, sent: number, reason: Reason, scenario: Scenario, random: Random): Exchange {
  const time = sent + fromSeconds(scenario.idleTimeoutSeconds) + random.integer(2 * MILLISECOND);
  return { ...given, targetTime: null, responseTime: null, ending: 'response_timeout', reason, time };
}

/** Returns when the load balancer closes the remaining connections of a deregistered target. */
function drainedAt(
  { deregistered, registeredAgain }: Registration,
  sent: number,
  scenario: Scenario,
  random: Random,
): number {
  const late = random.integer(SECOND / 4);
  if (deregistered === null) return Number.POSITIVE_INFINITY;
  const time = deregistered + fromSeconds(scenario.deregistrationDelaySeconds) + late;
  const isLeft = time > sent && (registeredAgain === null || registeredAgain > time);
  return isLeft ? time : Number.POSITIVE_INFINITY;
}

/** Names the connections of a load balancer node to one process, by way of one machine. */
export const poolOf = (albNode: number, pod: Pod, time: number, hop: Hop | null): string =>
  `${albNode} ${hop === null ? '' : hop.worker.name} ${pod.uid} ${restartsBefore(pod, time)}`;

const restartsBefore = (pod: Pod, time: number): number => pod.restarts.filter(({ killed }) => killed <= time).length;

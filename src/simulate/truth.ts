/**
 * What really caused each failure, told from the model itself: no evidence, no precision, no log. The definitions are
 * those of docs/simulate.md.
 */
import type { Ending, Exchange } from './exchange.ts';
import { isoMicros, SECOND } from './time.ts';
import type { Pod, Registration } from './world.ts';

export type Cause =
  | 'draining_target'
  | 'deregistered_alive'
  | 'killed_in_flight'
  | 'drain_delay_elapsed'
  | 'container_restart'
  | 'not_ready_target'
  | 'node_lost'
  | 'no_healthy_target'
  | 'healthy_target';

export type Pattern = 'keep_alive_race' | 'slow_application' | 'unreachable' | 'one_balancer_node' | 'one_target';

/** One line of truth.ndjson. Times are RFC 3339 with microseconds, null where it never happened. */
export interface Truth {
  trace_id: string;
  request_creation_time: string;
  time: string;
  /** `websocket` is no failure to the log. */
  mechanism: Ending | 'websocket';
  cause: Cause | null;
  /** Other answers that are as right: the story has two halves, or the definitions leave it open. */
  also: (Cause | null)[];
  /** Of draining_target: whether the load balancer had been told when it chose the target. */
  told: 'yes' | 'no' | null;
  /** Of healthy_target. */
  pattern: Pattern | null;
  /** Whether a rollout, or another deletion on purpose, made it fail. */
  is_rollout: boolean;
  target: string | null;
  pod: string | null;
  node: string | null;
  /** D, X, T. */
  deleted: string | null;
  deregistered: string | null;
  finished: string | null;
  ready: string | null;
  /** Neither deleted nor deregistered when the request was routed. */
  alive: boolean | null;
  seconds_after_deletion: number | null;
  seconds_after_deregistration: number | null;
}

/** What happened to the target of a request, and when. */
interface Fate {
  exchange: Exchange;
  pod: Pod;
  /** X, as far as it was about this pod. */
  deregistered: number | null;
  /** The address was deregistered for the sake of the pod before. */
  isPassedOn: boolean;
}

type Judgement = Pick<Truth, 'cause' | 'also'>;

export class TruthTeller {
  private readonly byAddress = new Map<string, Registration[]>();

  constructor(
    registrations: readonly Registration[],
    private readonly port: number,
  ) {
    for (const registration of registrations) {
      const list = this.byAddress.get(registration.ip);
      if (list) list.push(registration);
      else this.byAddress.set(registration.ip, [registration]);
    }
  }

  /** Returns what is to be told of a request, null where it fared well. */
  tell(exchange: Exchange, traceId: string): Truth | null {
    const { wish, registration, ending, time } = exchange;
    const isLostSocket = wish.kind === 'websocket' && ending === 'answered' && exchange.reason !== null;
    if (ending === 'answered' && !isLostSocket) return null;
    const routed = wish.created;
    // The pod that the target stood for, and the one that has its address by now.
    const target =
      registration && this.byAddress.get(registration.ip)!.findLast(({ registered }) => registered <= routed)!;
    const meant = target && (target.heirs.findLast(({ from }) => from <= routed)?.pod ?? target.pod);
    const holder = exchange.pod?.isTarget ? exchange.pod : null;
    const pod = holder ?? meant;
    const deregistered = target?.deregistered ?? null;
    const going = isAt(pod?.deleted, routed) || isAt(deregistered, routed);
    // A deregistration that was about the pod before says nothing of the pod that is there.
    const isPassedOn = pod !== meant && deregistered !== null && pod !== null && deregistered < pod.networked;
    const fate = pod && { exchange, pod, deregistered: isPassedOn ? null : deregistered, isPassedOn };
    const { cause, also } = isLostSocket
      ? settled(exchange.reason === 'exit' ? 'killed_in_flight' : null)
      : judge(exchange, fate);
    return {
      trace_id: traceId,
      request_creation_time: isoMicros(routed),
      time: isoMicros(time),
      mechanism: isLostSocket ? 'websocket' : ending,
      cause,
      also,
      told: cause === 'draining_target' ? (isAt(deregistered, routed) ? 'yes' : 'no') : null,
      pattern: cause === 'healthy_target' ? patternOf(exchange) : null,
      is_rollout: isOfRollout(cause, pod),
      target: registration && `${registration.ip}:${this.port}`,
      pod: pod?.name ?? null,
      node: pod?.worker.name ?? null,
      deleted: text(pod?.deleted),
      deregistered: text(deregistered),
      finished: text(pod?.exited),
      ready: text(pod?.ready),
      alive: pod && !going,
      seconds_after_deletion: since(pod?.deleted, routed),
      seconds_after_deregistration: since(deregistered, routed),
    };
  }
}

const settled = (cause: Cause | null, ...also: (Cause | null)[]): Judgement => ({ cause, also });

function judge(exchange: Exchange, fate: Fate | null): Judgement {
  const { ending } = exchange;
  if (ending === 'no_target') return settled('no_healthy_target');
  if (ending === 'fixed_response' || fate === null) return settled(null);
  if (ending === 'client_closed') return judgeClosedByClient(fate);
  if (ending === 'target_error') return judgeTargetError(fate);
  const { pod, deregistered } = fate;
  const { wish, reason } = exchange;
  const routed = wish.created;
  const isDeleted = isAt(pod.deleted, routed);
  const isDeregistered = isAt(deregistered, routed);
  const late: Cause[] = isDeleted || isDeregistered ? ['draining_target'] : [];
  if (reason === 'drain_delay') return settled('drain_delay_elapsed', ...late);
  if (!isDeleted) {
    if (isRestarting(fate)) return settled('container_restart');
    // A machine that is silent is lost, also where the deregistration that followed came first.
    if (reason === 'node' || isAt(pod.worker.lost, routed)) return settled('node_lost');
  }
  if (isDeleted) return settled('draining_target');
  if (isDeregistered) {
    // Whether a deletion soon afterwards belongs to it, nobody defines.
    return settled('deregistered_alive', ...(pod.deleted === null ? [] : (['draining_target'] as const)));
  }
  if (reason === 'exit') return settled('killed_in_flight');
  if (pod.ready === null || routed < pod.ready) {
    return settled('not_ready_target', ...(fate.isPassedOn ? (['draining_target'] as const) : []));
  }
  return settled('healthy_target');
}

/** A container of a living pod died while the request ran, or was not back. */
function isRestarting({ exchange, pod }: Fate): boolean {
  const { wish, ending, reason } = exchange;
  const isAway = pod.restarts.some(({ killed, listens }) => killed <= wish.created && wish.created < listens);
  return reason === 'restart' || (ending === 'connect_failed' && isAway);
}

/** The target answered with an error itself: the fault of a rollout where its life was going. */
function judgeTargetError({ exchange, pod, deregistered }: Fate): Judgement {
  const { wish, time } = exchange;
  if (isAt(pod.deleted, wish.created)) return settled('draining_target');
  if (isAt(pod.deleted, time)) return settled('killed_in_flight', null);
  if (isAt(deregistered, wish.created)) return settled(null, 'deregistered_alive', 'container_restart');
  return settled(null, 'container_restart', 'not_ready_target');
}

/** The client went, whatever the pod was about to do. */
function judgeClosedByClient({ exchange, pod, deregistered }: Fate): Judgement {
  const { wish, time } = exchange;
  if (isAt(pod.deleted, wish.created)) return settled('draining_target', null);
  if (isAt(deregistered, wish.created)) return settled(null, 'deregistered_alive', 'draining_target');
  if (isAt(pod.deleted, time)) return settled(null, 'killed_in_flight');
  return settled(null, 'healthy_target');
}

function patternOf({ reason, ending }: Exchange): Pattern | null {
  if (reason === 'race') return 'keep_alive_race';
  if (reason === 'slow') return 'slow_application';
  if (reason === 'blocked_node') return 'one_balancer_node';
  if (ending === 'connect_timeout') return 'unreachable';
  return reason === 'stall' ? 'one_target' : null;
}

const ROLLOUT_CAUSES: ReadonlySet<Cause | null> = new Set([
  'draining_target',
  'killed_in_flight',
  'drain_delay_elapsed',
]);

/** Deletions that a rollout or a scale-in asked for. */
const isOfRollout = (cause: Cause | null, pod: Pod | null): boolean =>
  ROLLOUT_CAUSES.has(cause) && /^(?:replicaset|deployment)-controller$/.test(pod?.deletedBy ?? '');

/** Whether it had happened by then. */
const isAt = (time: number | null | undefined, moment: number): boolean => time != null && time <= moment;

const text = (time: number | null | undefined): string | null => (time == null ? null : isoMicros(time));

const since = (time: number | null | undefined, moment: number): number | null =>
  time == null ? null : (moment - time) / SECOND;

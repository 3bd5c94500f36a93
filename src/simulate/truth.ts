/**
 * Computes the true cause of each failure from the model itself, without evidence, rounding or logs. docs/simulate.md has the
 * definitions.
 */
import { formatTime, SECOND } from '../time/time.ts';
import type { Ending, Exchange } from './exchange.ts';
import type { Scenario } from './scenario.ts';
import { areSeveral, isUntold } from './unsettled.ts';
import type { Pod, Registration, World } from './world.ts';

export type TrueCause =
  | 'draining_target'
  | 'deregistered_alive'
  | 'killed_in_flight'
  | 'drain_delay_elapsed'
  | 'container_restart'
  | 'not_ready_target'
  | 'node_lost'
  | 'no_healthy_target'
  | 'healthy_target';

type TruePattern = 'keep_alive_race' | 'slow_application' | 'unreachable' | 'one_balancer_node' | 'one_target';

/** One line of truth.ndjson. Times are RFC 3339 with microseconds, null for events that never happened. */
export interface Truth {
  trace_id: string;
  request_creation_time: string;
  time: string;
  /** The log shows no failure for `websocket`. */
  mechanism: Ending | 'websocket';
  cause: TrueCause | null;
  /** Other correct causes, where two things happened or the definitions leave the choice open. */
  also: (TrueCause | null)[];
  /** For draining_target: whether the load balancer knew when it chose the target. */
  told: 'yes' | 'no' | null;
  /** For healthy_target. */
  pattern: TruePattern | null;
  /** Whether a rollout or another intended deletion caused the failure. */
  is_rollout: boolean;
  target: string | null;
  pod: string | null;
  /** The pod that the target stood for, where its address has passed to `pod`. */
  previous_pod: string | null;
  /** The target as verdicts name it, where it is no pod: cluster/service/task, instance id, node:port. */
  target_name: string | null;
  /**
   * Nothing can settle it: the request may have reached several pods that did not fare alike, or an instance that fell silent
   * and was gone before its status was checked.
   */
  is_shared: boolean;
  /** Whether the target is a task, an instance or a node that went for good around the failure, whatever the reason. */
  is_gone: boolean;
  node: string | null;
  /** D (deletion), X (deregistration), T (exit). */
  deleted: string | null;
  deregistered: string | null;
  finished: string | null;
  ready: string | null;
  /** Neither deleted nor deregistered when the request was routed. */
  alive: boolean | null;
  seconds_after_deletion: number | null;
  seconds_after_deregistration: number | null;
}

/** Events of a request's target, with their times. */
interface Fate {
  exchange: Exchange;
  pod: Pod;
  /** X, if it concerned this pod. */
  deregistered: number | null;
  /** The address was deregistered because of the previous pod. */
  isPassedOn: boolean;
}

type Judgement = Pick<Truth, 'cause' | 'also'>;

export class TruthTeller {
  readonly #byAddress = new Map<string, Registration[]>();

  readonly #scenario: Scenario;
  readonly #world: World;

  constructor(scenario: Scenario, world: World) {
    this.#scenario = scenario;
    this.#world = world;
    for (const registration of world.registrations) {
      const list = this.#byAddress.get(registration.address);
      if (list) list.push(registration);
      else this.#byAddress.set(registration.address, [registration]);
    }
  }

  /** Returns the truth about a request, null if it succeeded. */
  tell(exchange: Exchange, traceId: string): Truth | null {
    const { wish, registration, ending, time } = exchange;
    const isLostSocket = wish.kind === 'websocket' && ending === 'answered' && exchange.reason !== null;
    if (ending === 'answered' && !isLostSocket) return null;
    const routed = wish.created;
    // The pod that the target stood for, and the pod that has its address now.
    const target =
      registration && this.#byAddress.get(registration.address)!.findLast(({ registered }) => registered <= routed)!;
    const ofNodes = this.#scenario.targets === 'node_ports';
    const meant = target && (target.heirs.findLast(({ from }) => from <= routed)?.pod ?? target.pod);
    const holder = exchange.pod?.isTarget ? exchange.pod : null;
    const pod = holder ?? meant;
    const deregistered = target?.deregistered ?? null;
    const going = isAt(pod?.deleted, routed) || isAt(deregistered, routed);
    // A deregistration because of the previous pod says nothing about the present pod.
    const isPassedOn =
      pod !== meant && deregistered !== null && pod !== null && deregistered < (pod.ready ?? Number.POSITIVE_INFINITY);
    // Behind a node port it is the node that is registered.
    const isOther = isPassedOn || ofNodes;
    const fate = pod && { exchange, pod, deregistered: isOther ? null : deregistered, isPassedOn };
    const { cause, also } = isLostSocket
      ? settled(exchange.reason === 'exit' ? 'killed_in_flight' : null)
      : ofNodes
        ? judgeNodePort(exchange, judge(exchange, fate))
        : judge(exchange, fate);
    return {
      trace_id: traceId,
      request_creation_time: formatTime(routed),
      time: formatTime(time),
      mechanism: isLostSocket ? 'websocket' : ending,
      cause,
      also,
      // The balancer is not notified of an instance that is not running.
      told:
        cause === 'draining_target' && !isOther && target?.invalid == null
          ? isAt(deregistered, routed)
            ? 'yes'
            : 'no'
          : null,
      pattern: cause === 'healthy_target' ? patternOf(exchange) : null,
      is_rollout: isOfRollout(cause, pod),
      target: registration && `${registration.ip}:${registration.port}`,
      pod: pod?.name ?? null,
      previous_pod: isPassedOn ? (meant?.name ?? null) : null,
      target_name: this.#nameOf(registration, pod),
      is_gone: isGone(registration?.pod ?? null, time),
      is_shared: ofNodes ? areSeveral(exchange, this.#world) : isUntold(exchange),
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

  #nameOf(registration: Registration | null, pod: Pod | null): string | null {
    const { namespace, nodePort, targets } = this.#scenario;
    if (targets === 'node_ports') return registration && `${registration.pod.name}:${nodePort}`;
    if (pod?.machine) return pod.name;
    return pod?.task ? `${namespace}/${pod.task.service}/${pod.name}` : null;
  }
}

const settled = (cause: TrueCause | null, ...also: (TrueCause | null)[]): Judgement => ({ cause, also });

function judge(exchange: Exchange, fate: Fate | null): Judgement {
  const { ending } = exchange;
  if (ending === 'no_target') return settled('no_healthy_target');
  if (ending === 'fixed_response' || fate === null) return settled(null);
  if (ending === 'client_closed') return judgeClosedByClient(fate);
  if (ending === 'target_error') return judgeTargetError(fate);
  const { pod, deregistered } = fate;
  const { wish, reason } = exchange;
  const routed = wish.created;
  const { task } = pod;
  // Whatever ECS did about it afterwards.
  if (task !== null && isAt(task.ownEnd, ending === 'connect_timeout' ? routed : exchange.time)) {
    return settled('container_restart', ...(isAt(deregistered, routed) ? (['draining_target'] as const) : []));
  }
  const isDeleted = isAt(pod.deleted, routed);
  const isDeregistered = isAt(deregistered, routed);
  const late: TrueCause[] = isDeleted || isDeregistered ? ['draining_target'] : [];
  if (reason === 'drain_delay') return settled('drain_delay_elapsed', ...late);
  // CodeDeploy stops the application of an instance that it has taken out.
  if (pod.machine !== null && isDeregistered && !isDeleted) return settled('deregistered_alive');
  if (!isDeleted) {
    // Of an instance, which is the target, it is right as well that nothing was wrong with it.
    if (isRestarting(fate)) return settled('container_restart', ...(pod.machine === null ? [] : WELL));
    // A silent machine is a lost node, even if the resulting deregistration came first.
    if (reason === 'node' || isAt(pod.worker.lost, routed)) return settled('node_lost');
  }
  // A pod that is deleted when its node is lost already: both happened.
  if (isDeleted) return settled('draining_target', ...(isAt(pod.worker.lost, routed) ? (['node_lost'] as const) : []));
  if (isDeregistered) {
    // The definitions do not say whether a deletion soon afterwards belongs to it.
    return settled('deregistered_alive', ...(pod.deleted === null ? [] : (['draining_target'] as const)));
  }
  if (reason === 'exit') return settled('killed_in_flight');
  if (pod.ready === null || routed < pod.ready) {
    return settled('not_ready_target', ...(fate.isPassedOn ? (['draining_target'] as const) : []));
  }
  return settled('healthy_target');
}

const WELL: readonly TrueCause[] = ['healthy_target'];

/** Whether a container of a living pod died during the request, or was still down. */
function isRestarting({ exchange, pod }: Fate): boolean {
  const { wish, ending, reason } = exchange;
  const isAway = pod.restarts.some(({ killed, listens }) => killed <= wish.created && wish.created < listens);
  return reason === 'restart' || (ending === 'connect_failed' && isAway);
}

/** Judges an error that the target sent: a rollout is the cause if the pod was ending. */
function judgeTargetError({ exchange, pod, deregistered }: Fate): Judgement {
  const { wish, time } = exchange;
  if (isAt(pod.deleted, wish.created)) return settled('draining_target');
  if (isAt(pod.deleted, time)) return settled('killed_in_flight', null);
  if (isAt(deregistered, wish.created)) return settled(null, 'deregistered_alive', 'container_restart');
  return settled(null, 'container_restart', 'not_ready_target');
}

/** The client closed, whatever happened to the pod. */
function judgeClosedByClient({ exchange, pod, deregistered }: Fate): Judgement {
  const { wish, time } = exchange;
  if (isAt(pod.deleted, wish.created)) return settled('draining_target', null);
  if (isAt(deregistered, wish.created)) return settled(null, 'deregistered_alive', 'draining_target');
  if (isAt(pod.deleted, time)) return settled(null, 'killed_in_flight');
  return settled(null, 'healthy_target');
}

/** Tasks, instances and nodes do not come back: a container of a pod may. */
const isGone = (target: Pod | null, time: number): boolean =>
  target !== null &&
  (isAt(target.task?.ownEnd, time) ||
    isAt(target.task?.stopping, time) ||
    isAt(target.machine?.endedFrom, time) ||
    isAt(target.worker.lost, time)) &&
  (target.task !== null || target.machine !== null || target.name === target.worker.name);

/** Judges a request to a node port: first the node that was asked, then the pod that it was handed on to. */
function judgeNodePort(exchange: Exchange, byPod: Judgement): Judgement {
  const { registration, pod, wish, time, reason, ending } = exchange;
  if (registration === null || ending === 'target_error' || ending === 'client_closed') return byPod;
  const node = registration.pod;
  const { lost, leaving } = node.worker;
  const routed = wish.created;
  if (reason === 'drain_delay') return settled('drain_delay_elapsed', 'draining_target');
  if (isAt(node.deleted, routed)) {
    // While the node still served, its pods may have been well.
    return settled('draining_target', ...(isAt(lost, time) ? [] : [byPod.cause]));
  }
  if (isAt(lost, routed)) return settled('node_lost');
  if (isAt(lost, time) && reason === 'node') return settled(leaving === null ? 'node_lost' : 'killed_in_flight');
  if (isAt(registration.deregistered, routed)) return settled('deregistered_alive', byPod.cause);
  // The node knew no pod that could serve.
  if (pod === null) return settled('draining_target', 'healthy_target');
  return byPod;
}

function patternOf({ reason, ending }: Exchange): TruePattern | null {
  if (reason === 'race') return 'keep_alive_race';
  if (reason === 'slow') return 'slow_application';
  if (reason === 'blocked_node') return 'one_balancer_node';
  if (ending === 'connect_timeout') return 'unreachable';
  return reason === 'stall' ? 'one_target' : null;
}

const ROLLOUT_CAUSES: ReadonlySet<TrueCause | null> = new Set([
  'draining_target',
  'killed_in_flight',
  'drain_delay_elapsed',
]);

/** Whether a rollout or a scale-in requested the deletion. */
const isOfRollout = (cause: TrueCause | null, pod: Pod | null): boolean =>
  ROLLOUT_CAUSES.has(cause) &&
  /^(?:(?:replicaset|deployment)-controller|ecs-scheduler|auto-scaling)$/.test(pod?.deletedBy ?? '');

/** Whether an event had happened by then. */
const isAt = (time: number | null | undefined, moment: number): boolean => time != null && time <= moment;

const text = (time: number | null | undefined): string | null => (time == null ? null : formatTime(time));

const since = (time: number | null | undefined, moment: number): number | null =>
  time == null ? null : (moment - time) / SECOND;

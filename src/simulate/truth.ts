/**
 * What really caused each failure, told from the model itself: no evidence, no precision, no log. The definitions are
 * those of docs/simulate.md.
 */
import type { Ending, Exchange } from './exchange.ts';
import { isoMicros, SECOND } from './time.ts';
import type { Pod, Registration } from './world.ts';

export type Cause =
  | 'draining_target'
  | 'stale_target'
  | 'killed_in_flight'
  | 'drain_delay_elapsed'
  | 'container_restart'
  | 'not_ready_target'
  | 'node_lost'
  | 'no_healthy_target'
  | 'healthy_target';

/** One line of truth.ndjson. Times are RFC 3339 with microseconds, null where it never happened. */
export interface Truth {
  trace_id: string;
  request_creation_time: string;
  time: string;
  /** `websocket` is no failure to the log. */
  mechanism: Ending | 'websocket';
  cause: Cause | null;
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
    const pod = exchange.pod ?? meant;
    const deregistered = target?.deregistered ?? null;
    const going = isAt(pod?.deleted, routed) || isAt(deregistered, routed);
    // A deregistration that was about the pod before says nothing of the pod that is there.
    const own = pod !== meant && deregistered !== null && pod && deregistered < pod.networked ? null : deregistered;
    const cause = isLostSocket ? (exchange.reason === 'exit' ? 'killed_in_flight' : null) : causeOf(exchange, pod, own);
    return {
      trace_id: traceId,
      request_creation_time: isoMicros(routed),
      time: isoMicros(time),
      mechanism: isLostSocket ? 'websocket' : ending,
      cause,
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

function causeOf({ wish, ending, reason, time }: Exchange, pod: Pod | null, deregistered: number | null): Cause | null {
  if (ending === 'no_target') return 'no_healthy_target';
  if (ending === 'fixed_response' || ending === 'target_error') return null;
  const routed = wish.created;
  if (pod === null) return null;
  if (ending === 'client_closed') {
    // The client went, whatever the pod was about to do; all that can be said is whether it was well.
    return isAt(deregistered, time) || isAt(pod.deleted, time) ? null : 'healthy_target';
  }
  if (isAt(deregistered, routed)) return 'draining_target';
  if (isAt(pod.deleted, routed)) return 'stale_target';
  if (reason === 'exit') return 'killed_in_flight';
  if (reason === 'drain_delay') return 'drain_delay_elapsed';
  const isRestarting = pod.restarts.some(({ killed, listens }) => killed <= routed && routed < listens);
  if (reason === 'restart' || (ending === 'connect_failed' && isRestarting)) return 'container_restart';
  if (pod.ready === null || routed < pod.ready) return 'not_ready_target';
  if (reason === 'node' || isAt(pod.worker.lost, routed)) return 'node_lost';
  return 'healthy_target';
}

/** Whether it had happened by then. */
const isAt = (time: number | null | undefined, moment: number): boolean => time != null && time <= moment;

const text = (time: number | null | undefined): string | null => (time == null ? null : isoMicros(time));

const since = (time: number | null | undefined, moment: number): number | null =>
  time == null ? null : (moment - time) / SECOND;

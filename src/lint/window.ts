/** How long a load balancer chooses a target that is going: as measured in a database, else as documented. */
import type { AdviceRow } from '../report/advice-row.ts';
import { count, duration } from '../report/text.ts';
import { THRESHOLD } from '../report/threshold.ts';

/** Measurements of a database. */
export interface Measured {
  /** Rows of queries/advice.sql. */
  advice: readonly AdviceRow[];
  /** Idle timeouts of applications, from queries/keep-alive-races.sql. */
  keepAlive: readonly MeasuredKeepAlive[];
}

export interface MeasuredKeepAlive {
  workload: string;
  seconds: number;
  races: number;
}

export const NOTHING_MEASURED: Measured = { advice: [], keepAlive: [] };

/** The seconds that settings of a workload must cover, and where they come from. */
export interface RoutingWindow {
  isMeasured: boolean;
  /** From the deletion of a pod to the last request that is routed to it. */
  afterDeletion: number;
  /** From the deregistration of a target. */
  afterDeregistration: number;
  /** The longest request; null where it was not measured. */
  longestRequest: number | null;
  /** Values that a fix sets. Where the longest request was not measured, it is taken to be as long as Kubernetes allows it by default. */
  preStop: number;
  delay: number;
  /** Seconds from SIGTERM to SIGKILL that a fix leaves to the application. */
  finish: number;
  /** The origin of the numbers, as the end of a sentence. */
  source: string;
}

const { late_routing_from: AFTER_DEREGISTRATION, usual_deregistration_seconds: CONTROLLER } = THRESHOLD;

const DEFAULT_WINDOW: RoutingWindow = {
  isMeasured: false,
  afterDeletion: CONTROLLER + AFTER_DEREGISTRATION,
  afterDeregistration: AFTER_DEREGISTRATION,
  longestRequest: null,
  preStop: CONTROLLER + AFTER_DEREGISTRATION,
  delay: AFTER_DEREGISTRATION + THRESHOLD.default_grace_seconds,
  finish: THRESHOLD.default_grace_seconds,
  source: `default: ${CONTROLLER} s of the controller and ${AFTER_DEREGISTRATION} s of the load balancer`,
};

/** The default for targets that ECS deregisters itself. */
const DEFAULT_ECS_WINDOW: RoutingWindow = { ...DEFAULT_WINDOW, source: 'default of draintrace' };

/** Pods behind a node port: what counts is the time that the proxies of the nodes need. */
export const NODE_PORT_WINDOW: RoutingWindow = {
  ...DEFAULT_WINDOW,
  afterDeletion: THRESHOLD.proxy_lag,
  preStop: THRESHOLD.proxy_lag,
  source: 'default: the proxies of the nodes need so long to learn of it',
};

/** Returns the window of a workload: measured where the database has enough rollouts of it, else the default. */
export function routingWindowOf(
  { advice }: Measured,
  { name, namespace, isEcs }: { name: string; namespace: string | null; isEcs: boolean },
): RoutingWindow {
  const rows = advice.filter(
    (row) =>
      row.deployment === name &&
      (row.deployment_kind === 'EcsService') === isEcs &&
      (namespace === null || row.namespace === null || row.namespace === namespace),
  );
  const [row] = rows
    .filter(({ needed_pre_stop_seconds }) => needed_pre_stop_seconds !== null)
    .sort((a, b) => Number(b.needed_pre_stop_seconds) - Number(a.needed_pre_stop_seconds));
  const otherwise = isEcs ? DEFAULT_ECS_WINDOW : DEFAULT_WINDOW;
  if (!row) return otherwise;
  const needed = row.needed_pre_stop_seconds ?? otherwise.preStop;
  return {
    isMeasured: true,
    afterDeletion: row.pre_stop_rests_on === 'late routing' ? row.last_routed_seconds : needed,
    afterDeregistration: row.last_routed_after_deregistration_seconds ?? otherwise.afterDeregistration,
    longestRequest: row.longest_request_seconds,
    preStop: needed,
    delay: row.needed_deregistration_delay_seconds ?? otherwise.delay,
    finish: (row.needed_finish_seconds ?? otherwise.finish) + THRESHOLD.grace_margin_seconds,
    source: `measured: ${count(row.late_requests, 'late request')} to ${count(row.pods, isEcs ? 'task' : 'pod')}, the last one ${duration(row.last_routed_seconds)} after`,
  };
}

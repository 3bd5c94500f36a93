/** The words of a verdict, as in queries/view. A test compares both. */

export const MECHANISMS = [
  'connect_timeout',
  'connect_failed',
  'closed_in_flight',
  'response_timeout',
  'no_target',
  'fixed_response',
  'target_error',
  'client_closed',
  'waf',
  'auth',
  'lambda',
  'transform',
  'rejected_request',
  'other',
] as const;

export const CAUSES = [
  'draining_target',
  'deregistered_alive',
  'killed_in_flight',
  'drain_delay_elapsed',
  'container_restart',
  'not_ready_target',
  'node_lost',
  'no_healthy_target',
  'healthy_target',
  'no_evidence',
] as const;

/** One sentence for each cause; the table of docs/verdicts.md is printed from it. */
export const CAUSE_MEANINGS: Readonly<Record<Cause, string>> = {
  draining_target: 'the balancer chose a target that was already going away',
  deregistered_alive:
    'the target had been deregistered, but its pod was not deleted: a failed readiness probe, a label, a person',
  killed_in_flight: 'the request was running when its pod was deleted, and the pod ended before the request',
  drain_delay_elapsed: 'the deregistration delay ended while the request was still running',
  container_restart: 'a container died and was restarted (out of memory, liveness probe); the pod was not deleted',
  not_ready_target: 'the pod had never been ready yet',
  node_lost: 'the node became NotReady, or several of its pods fell silent together without a deletion',
  no_healthy_target: 'the target group had no target to choose',
  healthy_target: 'the pod was alive and stayed: look at the application, the network, or keep-alive (`pattern`)',
  no_evidence: 'no loaded evidence covers this target at this time',
};

export type Mechanism = (typeof MECHANISMS)[number];
export type Cause = (typeof CAUSES)[number];

/** How certain a verdict is. The first two are settled; `likely` rests on the traffic alone. */
export const CONFIDENCES = ['exact', 'bounded', 'ambiguous', 'likely'] as const;

/** Patterns of failures among healthy targets. */
export const PATTERNS = [
  'keep_alive_race',
  'one_balancer_node',
  'zone',
  'new_targets_only',
  'one_target',
  'slow_application',
  'unreachable',
] as const;

export type Pattern = (typeof PATTERNS)[number];

/** Whether the balancer knew that a target was going away. */
export const TOLD = ['yes', 'no', 'unknown'] as const;

/** The words of a verdict, as queries/view has them; a test holds that both are the same. */

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

export type Mechanism = (typeof MECHANISMS)[number];
export type Cause = (typeof CAUSES)[number];

/** How well a verdict is known; the first two are settled, `likely` rests on the traffic alone. */
export const CONFIDENCES = ['exact', 'bounded', 'ambiguous', 'likely'] as const;

/** How failures of targets that were well lie together. */
export const PATTERNS = [
  'keep_alive_race',
  'one_balancer_node',
  'zone',
  'new_targets_only',
  'one_target',
  'slow_application',
  'unreachable',
] as const;

/** Whether the balancer had been told that a target was going. */
export const TOLD = ['yes', 'no', 'unknown'] as const;

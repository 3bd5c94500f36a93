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
  'stale_target',
  'killed_in_flight',
  'drain_delay_elapsed',
  'container_restart',
  'not_ready_target',
  'node_lost',
  'no_healthy_target',
  'healthy_target',
  'no_evidence',
] as const;

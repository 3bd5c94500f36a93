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

/** Shapes of an incident in the traffic alone (queries/traffic-shapes.sql). */
export const SHAPES = [
  'rollout',
  'replaced_targets',
  'scale_in',
  'silent_targets',
  'empty_group',
  'keep_alive_race',
  'one_balancer_node',
  'all_unreachable',
  'new_targets_only',
  'slow_application',
  'one_target',
] as const;

export type TrafficShape = (typeof SHAPES)[number];

/** One sentence for each shape; the table of docs/verdicts.md is printed from it. */
export const SHAPE_MEANINGS: Readonly<Record<TrafficShape, string>> = {
  rollout:
    'at least two targets answered, failed and never answered again; at least two new ones began, and hardly one of the old ones stayed',
  replaced_targets: 'the same of some targets, while others stayed: pods deleted, evicted, or part of a rollout',
  scale_in: 'targets closed or refused connections and never answered again; others stayed, and no new one began',
  silent_targets:
    'targets fell silent at once and closed no connection, while others stayed: a machine was lost or taken away, or a process hangs',
  empty_group: 'the balancer had no target to choose',
  keep_alive_race: 'living targets closed connections within milliseconds of the routing',
  one_balancer_node:
    'one node of the balancer got no connection or no answer, from several living targets; other nodes did',
  all_unreachable:
    'nearly all targets timed out at the connection, and answered later: security group, network ACL, accept queues',
  new_targets_only: 'only targets in their first minute failed: the new version, or its health check',
  slow_application: 'at least half of the targets, all living, did not answer in time',
  one_target: 'one living target had all failures; the chance of that is at most one in a hundred',
};

/** Sources of which one would prove the shape of an incident. */
export const PROOFS = [
  'pods and Events',
  'nodes and Events',
  'events of ECS',
  'scaling activities',
  'CloudTrail',
] as const;

export type Proof = (typeof PROOFS)[number];

/** Whether the balancer knew that a target was going away. */
export const TOLD = ['yes', 'no', 'unknown'] as const;

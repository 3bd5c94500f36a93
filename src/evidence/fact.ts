/**
 * Defines the facts that evidence states, before anything is concluded from them. Long because every kind of fact stands here once.
 *
 * Every time is an interval: a clock that prints whole seconds says `[s, s + 1 s)`, a poll that finds a pod already
 * Terminating says `(-inf, t]`, two polls that lose a pod between them say `[t1, t2]`. So a comparison is settled when
 * the intervals do not overlap, and ambiguous when they do; nothing else is needed to carry precision.
 */
import type { Micros } from '../time/time.ts';

/** A time known to lie in `[earliest, latest]`. null is "not bounded on this side"; both null says nothing and is never stored. */
export interface Moment {
  earliest: Micros | null;
  latest: Micros | null;
}

/**
 * Events in the life of a pod.
 * - `created`: the API server accepted the pod.
 * - `started`: a container started for the first time.
 * - `waiting`: the pod existed and had never been ready by this time.
 * - `ready`: the Ready condition became true.
 * - `deleted`: deletion was requested (D of the verdicts), not deletionTimestamp, which lies a grace period later.
 * - `finished`: a container terminated because the pod was terminating (or, for a living pod, see `restarted`); one fact per container.
 * - `restarted`: a container of a pod that was not being deleted terminated and was started again.
 * - `gone`: the API object vanished.
 * - `seen`: the pod existed and was not terminating at this time (bounds lives, and is the evidence for "alive").
 * - `stopping`: the kubelet said that it stops a container: the termination had begun by then.
 * - `unready`: the Ready condition became false.
 * - `target_healthy`: its readiness gate `target-health.elbv2.k8s.aws/*` became true: the controller saw its target healthy.
 * - `warned`: something complained of it, as `reason` says: Unhealthy, BackOff, FailedPreStopHook, Preempting, Evicted.
 * - `grace_end`: the deletionTimestamp of a source that does not hold the grace period: the request lies a grace period before.
 */
export type PodEvent =
  | 'created'
  | 'started'
  | 'waiting'
  | 'ready'
  | 'deleted'
  | 'finished'
  | 'restarted'
  | 'gone'
  | 'seen'
  | 'stopping'
  | 'unready'
  | 'target_healthy'
  | 'warned'
  | 'grace_end';

/** One thing that a source says of one pod. */
export interface PodFact extends Moment {
  kind: 'pod';
  /** Whose life it is; null is a pod. */
  target_kind: 'ecs_task' | 'instance' | null;
  /** Distinguishes one deployment from the next where the owner does not: `family:revision` of a task definition, a launch template. */
  version: string | null;
  /** 1-based line or record number in the object it came from. */
  line: number;
  event: PodEvent;
  uid: string | null;
  namespace: string | null;
  name: string;
  ip: string | null;
  /** A port the pod is registered with, where the source says so; null matches every port of the IP. */
  port: number | null;
  node: string | null;
  /** Availability zone of the node, where the source says so. */
  zone: string | null;
  owner_kind: string | null;
  owner_name: string | null;
  /** For `finished`, `restarted`, `started`, `stopping` and `warned`. */
  container: string | null;
  /** Ports that this container declares, a comma list; empty if it declares none, null if the source does not hold the spec. */
  container_ports: string | null;
  /** Ports that the pod's other containers declare, in the same form. */
  other_ports: string | null;
  /**
   * Restarts so far. Of `restarted` those of this container, this one included; of `seen` and `ready` those of all
   * containers as the source showed them then. null if the source does not know containers.
   */
  restart_count: number | null;
  exit_code: number | null;
  reason: string | null;
  /** The source's own words: the message of an Event. */
  detail: string | null;
  /** Who asked for it: the user of an audit record. */
  actor: string | null;
  /** Images of its containers, sorted, as a comma list. */
  images: string | null;
  /** spec.terminationGracePeriodSeconds, where the source holds the spec. */
  termination_grace_period_seconds: number | null;
  /** Seconds of the longest preStop sleep that the spec shows (`sleep: {seconds}` or an exec of `sleep N`). */
  pre_stop_seconds: number | null;
}

/** All that a source may leave unsaid of a pod; spread first, then say what is known. */
export const UNSAID = {
  target_kind: null,
  version: null,
  uid: null,
  namespace: null,
  ip: null,
  port: null,
  node: null,
  owner_kind: null,
  owner_name: null,
  container: null,
  container_ports: null,
  other_ports: null,
  restart_count: null,
  zone: null,
  exit_code: null,
  reason: null,
  detail: null,
  actor: null,
  images: null,
  termination_grace_period_seconds: null,
  pre_stop_seconds: null,
} as const;

/** Target health state as elbv2 spells it, plus `absent`: a complete listing of the group did not hold the target. */
export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining' | 'unavailable' | 'absent';

/** One target as one describe-target-health showed it. The Moment is when it was asked. */
export interface TargetFact extends Moment {
  kind: 'target';
  line: number;
  target_group_arn: string | null;
  /** null where only `instance_id` names it. */
  target_ip: string | null;
  /** null where the answer was printed without it: it is that of the registration. */
  target_port: number | null;
  /** Target.Id where it is `i-...`. */
  instance_id: string | null;
  state: TargetState;
  reason: string | null;
  description: string | null;
  /** Target.AvailabilityZone. */
  zone: string | null;
}

/** A target was registered or deregistered: the call itself, not what a listing showed of it. */
export interface TargetChange extends Moment {
  kind: 'target_change';
  line: number;
  event: 'registered' | 'deregistered';
  target_group_arn: string | null;
  /** null where only `instance_id` names it. */
  target_ip: string | null;
  /** Target.Id where it is `i-...`. */
  instance_id: string | null;
  /** null where the call named none: it then stands for every port of the address. */
  target_port: number | null;
  /** Who called: the user agent or the role. */
  actor: string | null;
  /** Identity of the call, equal in two objects that hold it: CloudTrail's eventID. */
  event_id: string | null;
}

/**
 * A change of a node or of the instance under it. At least one of `node` and `instance_id` is known.
 * - `ready`, `unready`: its Ready condition.
 * - `seen`: it existed, and was not on its way out.
 * - `going`: its removal was decided: tainted, cordoned for removal, a Spot warning, Terminating:Wait.
 * - `deregistering`: from then on it must not be registered: a taint or label that load balancer controllers heed.
 * - `stopping`: the machine shuts down.
 * - `gone`: its object or the machine is gone.
 */
export interface NodeFact extends Moment {
  kind: 'node';
  line: number;
  event: 'ready' | 'unready' | 'seen' | 'going' | 'deregistering' | 'stopping' | 'gone';
  node: string | null;
  instance_id: string | null;
  /** Its own addresses (InternalIP, PrivateIpAddress), a comma list. */
  ip: string | null;
  zone: string | null;
  /** Auto Scaling group, or NodePool. */
  group_name: string | null;
  /** As the source gives one; of what goes: consolidation, spot, drift, expiry, scale-down, refresh, by hand, ... */
  reason: string | null;
  detail: string | null;
}

/** Everything that a source may leave unsaid of a node. */
export const UNSAID_NODE = {
  node: null,
  instance_id: null,
  ip: null,
  zone: null,
  group_name: null,
  reason: null,
  detail: null,
} as const;

/**
 * A node port of a Service of Kubernetes, or a pod behind it.
 * - `port`: the Service listens on this node port.
 * - `endpoint`: this pod served it, or was about to.
 * - `absent`: the Service, or this endpoint of it, was not there any more.
 */
export interface ServiceFact extends Moment {
  kind: 'service';
  line: number;
  event: 'port' | 'endpoint' | 'absent';
  namespace: string | null;
  service: string;
  node_port: number | null;
  /** externalTrafficPolicy: Cluster or Local. */
  traffic_policy: string | null;
  pod_name: string | null;
  pod_ip: string | null;
  node: string | null;
}

/** One line of an ALB health check log: one node of the balancer asked one target. */
export interface HealthCheck extends Moment {
  kind: 'health_check';
  line: number;
  type: string;
  /** Seconds. */
  latency: number | null;
  target_ip: string;
  target_port: number;
  /** Name of the target group: this log does not hold its ARN. */
  target_group_name: string;
  status: 'PASS' | 'FAIL';
  status_code: number | null;
  reason_code: string | null;
  elb: string | null;
  ip_address: string | null;
}

/** A setting in force when it was read, as AWS or Kubernetes spells its key. */
export interface Setting extends Moment {
  kind: 'setting';
  line: number;
  scope: 'load_balancer' | 'target_group' | 'workload' | 'target_group_binding' | 'service' | 'ingress';
  /** ARN, or `<kind>/<namespace>/<name>`. */
  subject: string;
  /** deregistration_delay.timeout_seconds, idle_timeout.timeout_seconds, terminationGracePeriodSeconds, ... */
  key: string;
  value: string;
}

/** One request that `draintrace probe` sent. The Moment is from its start to its end. */
export interface ProbeFact extends Moment {
  kind: 'probe_result';
  line: number;
  /** As alb_log.trace_id has it. */
  trace_id: string;
  url: string | null;
  /** `new` or `kept`. */
  connection: string | null;
  /** null when no answer came. */
  status: number | null;
  error: string | null;
}

export type Fact = PodFact | TargetFact | TargetChange | NodeFact | ServiceFact | HealthCheck | Setting | ProbeFact;

/** Kinds of evidence that `load` recognises by content. */
export type EvidenceKind =
  | 'kubectl_pods_json'
  | 'kubernetes_events_json'
  | 'endpointslices_json'
  | 'kubernetes_audit_log'
  | 'kubectl_pods_table'
  | 'prometheus_json'
  | 'pods_csv'
  | 'target_health_json'
  | 'probe_transcript'
  | 'probe_result_json'
  | 'lb_controller_log'
  | 'cloudtrail_json'
  | 'aws_settings_json'
  | 'nodes_json'
  | 'karpenter_log'
  | 'autoscaler_log'
  | 'termination_handler_log'
  | 'instance_events_json'
  | 'instances_json'
  | 'ecs_event_json'
  | 'ecs_description_json'
  | 'kubernetes_manifest';

/** A record that could not be understood. It goes to rejected_line like a bad log line: never lost in silence. */
export interface Rejection {
  line: number;
  /** snake_case code first, then ": detail" where there is any. */
  reason: string;
  raw: Uint8Array;
}

/** Result of reading one evidence object. `records` counts the records read: facts may be more or fewer. */
export interface Reading {
  records: number;
  facts: Fact[];
  rejected: Rejection[];
  /** Said to the user by `load`, e.g. which capture time was assumed. One sentence each. */
  notes: string[];
  /** It states that there was nothing to tell of, as an empty listing does. */
  saysNone?: boolean;
}

/** Known of a text when all of it was read. */
export type EvidenceSummary = Pick<Reading, 'records' | 'notes' | 'saysNone'>;

/** Takes what a text says, as it is found. */
export interface FactSink {
  fact(fact: Fact): void;
  reject(rejection: Rejection): void;
}

/** How far the clocks of an object are ahead of the load balancer's. */
export interface ClockOffset {
  /** Clock of whoever wrote it: the API server, AWS, the machine that captured it. */
  clock: Micros;
  /** Clock of the nodes, whose times it quotes. */
  nodeClock: Micros;
}

/** Values that a reader needs and the text does not hold. */
export interface ReadingContext {
  /** --captured-at, else null. */
  capturedAt: Micros | null;
  /** The file's or object's modification time, else null (stdin: the time of reading). */
  modifiedAt: Micros | null;
  /** Offset of local times from UTC in minutes, from --timezone; 0 if not given. */
  timezoneMinutes: number;
  /** From --clock and --node-clock. */
  clock?: ClockOffset | null;
  /** Base name, for conventions such as `<target group>@<RFC 3339>.json`. */
  name: string;
}

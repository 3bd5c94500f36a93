/**
 * Types of an incident, which every form of the report shows (page, terminal, Markdown, JSON). Times are milliseconds since
 * the epoch, UTC. A moment is an interval; one side may be unknown.
 */

export interface EventTime {
  earliest: number | null;
  latest: number | null;
}

/** One failed request. */
export interface Failure {
  trace_id: string | null;
  /** When the target was chosen, request_creation_time; null in rows of the oldest format. */
  routed: number | null;
  /** When the balancer answered. */
  failed: number;
  mechanism: string;
  cause: string | null;
  confidence: string | null;
  other_cause: string | null;
  elb_status_code: number;
  request_line: string | null;
  target: string | null;
  target_group: string;
  pod: string | null;
  /** Kind of the target, as target_kind of the view verdict. */
  kind: string | null;
  /** As pattern of the view verdict. */
  pattern: string | null;
  workload: string | null;
  node: string | null;
  /** Path of its url with ids folded, as path_template of the view requests; null without one. */
  path: string | null;
  /** Name of the rollout that it belongs to, as failures-per-rollout prints it. */
  rollout: string | null;
  /** Number of what happened: 1 is the first of the incident's `happenings`. */
  happening: number;
  /** Seconds from the event to the routing; null for an unknown event. */
  seconds_after_deletion: number | null;
  seconds_after_deregistration: number | null;
  seconds_after_exit: number | null;
  because: string;
}

/** One target of an affected workload, with its pod and the requests that failed there. */
export interface Lane {
  target: string;
  target_group: string;
  pod: string | null;
  workload: string | null;
  node: string | null;
  created: EventTime | null;
  ready: EventTime | null;
  deleted: EventTime | null;
  /** When the last container finished or the pod was gone, whichever is known first. */
  exited: EventTime | null;
  registered: EventTime | null;
  deregistered: EventTime | null;
  drained: EventTime | null;
  pre_stop_seconds: number | null;
  failures: readonly Failure[];
  /** Requests of each second, failed or not; of a page only for the lanes that it draws. */
  rate: { second: number; requests: number }[];
}

/** One incident of one target group, with the lanes of its targets, worst first. */
export interface Episode {
  from: number;
  to: number;
  failures: number;
  lanes: readonly Lane[];
  /** Failures for which no target was chosen. */
  untargeted: readonly Failure[];
  perSecond: readonly { second: number; cause: string; failures: number }[];
}

/** One thing that happened: a rollout, a lost node, a security group. The failures of each have one fix. */
export interface Happening {
  title: string;
  /** Its leading cause, or the mechanism of failures without one. */
  word: string;
  sentence: string;
  fix: string;
  failures: number;
  causes: readonly { cause: string; failures: number }[];
  paths: readonly { path: string; failures: number }[];
  targets: number;
  from: number;
  to: number;
  rollout: string | null;
}

/** One rollout, burst or deletion of pods, with failures or without. */
export interface RolloutSpan {
  rollout: string;
  kind: string;
  deployment: string;
  to_workload: string | null;
  pods: number;
  from: number;
  to: number;
}

/** A deregistration of a target, or the loss of a node. */
export interface SceneEvent {
  kind: 'deregistered' | 'node_lost';
  name: string;
  at: number;
}

/** All requests of a span of time that begins at `from`. */
export interface Traffic {
  from: number;
  seconds: number;
  requests: number;
}

/** A query's table. */
export interface Rows {
  title: string;
  /** The command that prints the whole table. */
  command: string;
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
  /** Number of all rows, if not all are shown. */
  total: number;
}

/** Advice for one workload, as far as the data allows. */
export interface Advice {
  workload: string;
  /** Remaining failures if pods serve `seconds` after their deletion. */
  curve: readonly { seconds: number; failures: number }[];
  /** Requests routed to terminating pods, by second after the deletion. */
  late: readonly { second: number; answered: number; failed: number }[];
  /** preStop seconds in force and advised; null if unknown or without advice. */
  today: number | null;
  advised: number | null;
  sentence: string;
}

export interface Incident {
  window: { from: number | null; to: number | null };
  /** Names the failures, their number and their time span. */
  headline: string;
  /** The cause and the fix, one sentence each. */
  cause: string;
  fix: string;
  failures: number;
  causes: readonly { cause: string; failures: number }[];
  episodes: readonly Episode[];
  /** Worst first. */
  happenings: readonly Happening[];
  rollouts: readonly RolloutSpan[];
  occurrences: readonly SceneEvent[];
  traffic: readonly Traffic[];
  advice: readonly Advice[];
  /** Measured idle timeouts of applications, a sentence each. */
  keepAlive: readonly string[];
  tables: readonly Rows[];
  /** Number of listed failures; all failures are counted. */
  listed: number;
}

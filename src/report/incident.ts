/**
 * An incident as a value: what every form of the report (page, terminal, Markdown, JSON) shows. Times are milliseconds
 * since the epoch, UTC; a moment is an interval of which either side may be unknown.
 */

export interface Moment {
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
  workload: string | null;
  /** Seconds from the event to the routing; null where the event is not known. */
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
  created: Moment | null;
  ready: Moment | null;
  deleted: Moment | null;
  /** The last container finished, or the pod was gone, whichever is known first. */
  exited: Moment | null;
  registered: Moment | null;
  deregistered: Moment | null;
  drained: Moment | null;
  pre_stop_seconds: number | null;
  failures: readonly Failure[];
  /** Requests of each second, failed or not. */
  rate: readonly { second: number; requests: number }[];
}

/** Failures of one target group without a longer pause than an incident has, with the lanes of their targets, worst first. */
export interface Episode {
  from: number;
  to: number;
  failures: number;
  lanes: readonly Lane[];
  perSecond: readonly { second: number; cause: string; failures: number }[];
}

/** A table as a query gave it. */
export interface Rows {
  title: string;
  /** The command that gives all of it. */
  command: string;
  columns: readonly string[];
  rows: readonly (readonly unknown[])[];
  /** Rows there are, where not all are shown. */
  total: number;
}

/** The advice for one workload, as far as the data allow it. */
export interface Advice {
  workload: string;
  /** Failures that remain if pods serve `seconds` after their deletion. */
  curve: readonly { seconds: number; failures: number }[];
  /** Requests routed to terminating pods, by second after the deletion. */
  late: readonly { second: number; answered: number; failed: number }[];
  /** preStop seconds in force and advised; null where not known or not advised. */
  today: number | null;
  advised: number | null;
  sentence: string;
}

export interface Incident {
  window: { from: number | null; to: number | null };
  /** What failed, how many, how long. */
  headline: string;
  /** The cause, and the fix, in one sentence each. */
  cause: string;
  fix: string;
  failures: number;
  causes: readonly { cause: string; failures: number }[];
  episodes: readonly Episode[];
  advice: readonly Advice[];
  /** Measured idle timeouts of applications, a sentence each. */
  keepAlive: readonly string[];
  tables: readonly Rows[];
  /** All failures are counted, so many are listed. */
  listed: number;
}

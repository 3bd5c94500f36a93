/** A row of queries/advice.sql. */
export interface AdviceRow {
  namespace: string | null;
  deployment_kind: string | null;
  deployment: string;
  container: string | null;
  target_group_arn: string;
  versions: number;
  pods: number;
  late_requests: number;
  late_failures: number;
  killed_in_flight: number;
  drain_delay_elapsed: number;
  median_routed_seconds: number;
  p99_routed_seconds: number;
  last_routed_seconds: number;
  last_routed_after_deregistration_seconds: number;
  /** How much of last_routed_seconds lay before the deregistration. */
  controller_seconds: number;
  /** Pods whose deregistration is known, and those of them where it came late. */
  deregistered_pods: number;
  late_deregistered_pods: number;
  /** The latest deregistration, from its pod's deletion. */
  deregistered_seconds: number | null;
  longest_request_seconds: number | null;
  pre_stop_seconds: number | null;
  deregistration_delay_seconds: number | null;
  termination_grace_period_seconds: number | null;
  is_enough: boolean;
  pre_stop_rests_on: 'late routing' | 'longest request' | 'late routing and longest request';
  needed_pre_stop_seconds: number | null;
  needed_deregistration_delay_seconds: number | null;
  /** The longest request with its margin. */
  needed_finish_seconds: number | null;
  advised_pre_stop_seconds: number | null;
  advised_deregistration_delay_seconds: number | null;
  advised_termination_grace_period_seconds: number | null;
}

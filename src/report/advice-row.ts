/** One row of queries/advice.sql. */
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
  /** Part of last_routed_seconds before the deregistration. */
  controller_seconds: number;
  /** Pods with a known deregistration, and the pods among them with a late one. */
  deregistered_pods: number;
  late_deregistered_pods: number;
  /** The latest deregistration, in seconds after its pod's deletion. */
  deregistered_seconds: number | null;
  longest_request_seconds: number | null;
  pre_stop_seconds: number | null;
  deregistration_delay_seconds: number | null;
  termination_grace_period_seconds: number | null;
  is_enough: boolean;
  pre_stop_rests_on: 'late routing' | 'longest request' | 'late routing and longest request';
  needed_pre_stop_seconds: number | null;
  needed_deregistration_delay_seconds: number | null;
  /** The longest request plus its margin. */
  needed_finish_seconds: number | null;
  advised_pre_stop_seconds: number | null;
  advised_deregistration_delay_seconds: number | null;
  advised_termination_grace_period_seconds: number | null;
}

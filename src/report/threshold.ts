/**
 * Thresholds that a report needs where no query gives them. Each equals the macro of the same name in
 * queries/view/01-threshold-macro.sql; a test compares them.
 */
export const THRESHOLD = {
  /** Failures of one target group with no longer pause are one incident. */
  incident_pause_seconds: 300,
  /** A controller usually deregisters a deleted pod faster than this. */
  usual_deregistration_seconds: 5,
  /** Added to sleep and longest request in the grace period. */
  grace_margin_seconds: 5,
  /** The grace period of a pod that sets none. */
  default_grace_seconds: 30,
  /** A deregistered target is chosen for less than this. */
  late_routing_from: 20,
  /** The deregistration delay if no setting is known. */
  default_delay_seconds: 300,
  /** The proxy of a node may choose a pod for this long after its end. */
  proxy_lag: 5,
} as const;

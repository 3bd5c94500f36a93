/** Defines an incident for trace and report: failures of one target group without a longer pause between them. */

/** Equals incident_pause_seconds() of queries/view/01-threshold-macro.sql; a test compares them. */
export const INCIDENT_PAUSE_SECONDS = 300;

/** Whether a failure routed at `begins` starts a new incident after failures that ended at `ended` (milliseconds). */
export const isNextIncident = (ended: number, begins: number): boolean =>
  begins - ended > INCIDENT_PAUSE_SECONDS * 1000;

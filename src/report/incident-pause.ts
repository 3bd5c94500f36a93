/** Defines an incident for trace and report: failures of one target group without a longer pause between them. */
import { SECOND_MS } from '../time/time.ts';
import { THRESHOLD } from './threshold.ts';

/** Whether a failure routed at `begins` starts a new incident after failures that ended at `ended` (milliseconds). */
export const isNextIncident = (ended: number, begins: number): boolean =>
  begins - ended > THRESHOLD.incident_pause_seconds * SECOND_MS;

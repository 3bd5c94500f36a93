/** The order terminationGracePeriodSeconds > preStop > deregistration delay, and what happens where it is broken. Pure. */

/** Returns why a grace period is too short for its preStop; null if it is not. */
export const graceProblem = (grace: number, preStop: number): string | null =>
  grace <= preStop
    ? `terminationGracePeriodSeconds ${grace} is not above preStop ${preStop}: pods are killed in their sleep`
    : null;

/** Returns why a preStop is too short for the deregistration delay; null if it is not. */
export const delayProblem = (preStop: number, delay: number): string | null =>
  preStop <= delay
    ? `preStop ${preStop} is not above the deregistration delay ${delay}: SIGTERM comes while the load balancer still waits for answers`
    : null;

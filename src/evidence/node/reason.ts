/** Why a node or an instance goes, in one vocabulary for all sources: `why_gone` of the questions. */

export type WhyGone =
  | 'consolidation'
  | 'spot'
  | 'drift'
  | 'expiry'
  | 'scale-down'
  | 'refresh'
  | 'maintenance'
  | 'unhealthy'
  | 'deployment'
  | 'by hand';

/** The group's words for an instance that was ended from outside; they do not give the reason. */
const TAKEN = /health check indicating it has been terminated or stopped/i;

/** Reasons that autoscalers and AWS write, from the most telling word to the least. */
const WORDS: readonly (readonly [RegExp, WhyGone])[] = [
  [/spot|rebalance/i, 'spot'],
  [/underutili[sz]ed|empty|emptiness|consolidat/i, 'consolidation'],
  [/drift/i, 'drift'],
  [/expir|max(?:imum)? instance lifetime/i, 'expiry'],
  [/instance refresh|replaced? due to (?:launch|an instance refresh)/i, 'refresh'],
  [/unhealthy|health check|status check|system status|not ?ready/i, 'unhealthy'],
  [/scheduled ?(?:change|event|maintenance)|maintenance/i, 'maintenance'],
  // A request to change the capacity is one, whoever made it.
  [/difference between desired and actual/i, 'scale-down'],
  [/user request|a user|by hand/i, 'by hand'],
  [/scale-?down|scal(?:e|ing)[- ]in|shrinking the capacity|asg-?lifecycle|autoscaler|desired capacity/i, 'scale-down'],
];

/** Whether a group says that somebody else had ended the instance before: when it says so is not when that was. */
export const isTakenBefore = (cause: string | null): boolean => TAKEN.test(cause ?? '');

/** Whether a group acts because EC2 does not reach the instance any more. */
export const isStatusCheck = (cause: string | null): boolean => /status checks? fail/i.test(cause ?? '');

/** Returns the reason that a text of an autoscaler or of AWS gives, null when it gives none. */
export function whyGone(text: string | null): WhyGone | null {
  if (text === null || TAKEN.test(text)) return null;
  return WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

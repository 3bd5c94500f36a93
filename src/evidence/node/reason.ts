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

/** Reasons that autoscalers and AWS write, from the most telling word to the least. */
const WORDS: readonly (readonly [RegExp, WhyGone])[] = [
  [/spot|rebalance/i, 'spot'],
  [/underutili[sz]ed|empty|emptiness|consolidat/i, 'consolidation'],
  [/drift/i, 'drift'],
  [/expir|max(?:imum)? instance lifetime/i, 'expiry'],
  [/instance refresh|replaced? due to (?:launch|an instance refresh)/i, 'refresh'],
  [/unhealthy|health check|system status|not ?ready/i, 'unhealthy'],
  [/scheduled ?(?:change|event|maintenance)|maintenance/i, 'maintenance'],
  [/user request|a user|by hand/i, 'by hand'],
  [/scale-?down|scal(?:e|ing)[- ]in|shrinking the capacity|asg-?lifecycle|autoscaler|desired capacity/i, 'scale-down'],
];

/** Returns the reason that a text of an autoscaler or of AWS gives, null when it gives none. */
export function whyGone(text: string | null): WhyGone | null {
  if (text === null) return null;
  return WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? null;
}

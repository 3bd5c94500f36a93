/** One place in the input where a rule is broken. */
import type { LinePlace, ManifestField } from './field.ts';
import { type RuleId, ruleOf, type Severity } from './rule.ts';

export interface LintFinding {
  rule: RuleId;
  severity: Severity;
  /** `Deployment shop/api`. */
  subject: string;
  /** One or two sentences with the numbers. */
  message: string;
  place: LinePlace;
  /** Other fields that the finding rests on. */
  related: readonly { place: LinePlace; message: string }[];
  /** A patch or a command; null where the manifest alone cannot cure it. */
  fix: string | null;
}

export interface FindingParts {
  rule: RuleId;
  /** Default: that of the rule. */
  severity?: Severity;
  subject: string;
  message: string;
  at: ManifestField;
  related?: readonly { field: ManifestField; message: string }[];
  fix?: string | null;
}

/** Returns a finding with the severity of its rule, unless it has its own. */
export const finding = ({
  rule,
  severity,
  subject,
  message,
  at,
  related = [],
  fix = null,
}: FindingParts): LintFinding => ({
  rule,
  severity: severity ?? ruleOf(rule).severity,
  subject,
  message,
  place: at.place,
  related: related.map((one) => ({ place: one.field.place, message: one.message })),
  fix,
});

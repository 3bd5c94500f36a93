/** The outside world of a step, and the time that it asks for. */
import type { Patience } from '../source/retry.ts';
import { fromSeconds, MINUTE, type Micros } from '../time/time.ts';
import type { Cluster } from '../watch/cluster.ts';
import type { Aws } from './aws.ts';
import type { EvidenceFolder } from './folder.ts';
import type { IncidentQuestion, Scope } from './outcome.ts';

/** The outside world of a step. */
export interface Gathering {
  question: IncidentQuestion;
  scope: Scope;
  /** null where no region is known. */
  aws: Aws | null;
  folder: EvidenceFolder;
  /** Opens the API server that the flags choose; null where Kubernetes was not asked for and no context is there. */
  cluster: { open(): Promise<Cluster>; isNamed: boolean; namespaces: readonly string[] };
  /** prometheus+http://..., null if none was named. */
  prometheus: { url: string; selector: string | null } | null;
  env: Readonly<Record<string, string | undefined>>;
  profile: string | null;
  patience: Patience;
  now(): Micros;
  note(text: string): void;
  signal: AbortSignal;
}

/** Evidence counts from before the window (registrations, creations) to after it (drains that ended, grace periods). */
export const MARGIN: Micros = 30 * MINUTE;

/** Returns the time that evidence is asked for: the window with a margin, and the deregistration delay after it, up to now. */
export function evidenceWindow({ question, scope, now }: Pick<Gathering, 'question' | 'scope' | 'now'>): {
  from: Micros;
  to: Micros;
} {
  const drain = Math.max(0, ...scope.groups.map(({ drainSeconds }) => fromSeconds(drainSeconds)));
  return { from: question.from - MARGIN, to: Math.min(now(), question.to + Math.max(MARGIN, drain)) };
}
